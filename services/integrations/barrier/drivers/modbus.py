"""A coil of a Modbus TCP relay board, or a register of it that starts a pulse of the board's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.settings import Settings
from shared.addresses import AddressRefused, Reach
from shared.errors import NotSent, Reject, Retry, Trouble
from shared.integration import Order

PORT = 502
_REFUSALS = {1: "function not supported", 2: "illegal address", 3: "illegal value"}
"""Exceptions with which a board says that it did nothing (Modbus application protocol, 7)."""


class Relay:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ends_by_itself = settings.pulse_register is not None

    def pulse(self, order: Order) -> str:
        s = self._settings
        if s.pulse_register is not None:
            register = s.pulse_register
            self._ask(lambda client: client.write_register(register, s.pulse_value, device_id=s.unit))
            return f"Register {register} set to {s.pulse_value}, ended by the board"
        return on_wait_off(order, s.pulse, lambda: self._write(on=True), self.off)

    def off(self) -> None:
        if not self.ends_by_itself:
            self._write(on=False)

    def state(self) -> bool:
        s = self._settings
        return bool(self._ask(lambda client: client.read_coils(s.coil, count=1, device_id=s.unit)).bits[0])

    def check(self) -> str:
        return f"Coil {self._settings.coil} of unit {self._settings.unit} is {'on' if self.state() else 'off'}"

    def _write(self, *, on: bool) -> None:
        s = self._settings
        self._ask(lambda client: client.write_coil(s.coil, on, device_id=s.unit))

    def _ask(self, ask: Callable[[ModbusTcpClient], ModbusPDU]) -> ModbusPDU:
        return exchange(self._settings.host, self._settings.port, self._settings.timeout, ask)


def exchange(host: str, port: int, timeout: float, ask: Callable[[ModbusTcpClient], ModbusPDU]) -> ModbusPDU:
    """One request on a connection of its own. Raises NotSent, Reject, Retry."""
    peer = f"{host}:{port or PORT}"
    with _connected(host, port or PORT, timeout) as client:
        try:
            answer = ask(client)
        except (ModbusException, OSError):
            raise Retry(f"{peer} did not answer as it should", trouble=Trouble.CANNOT_CONNECT) from None
    if answer.isError():
        code = getattr(answer, "exception_code", 0)
        sentence = f"{peer} answers with exception {code}, {_REFUSALS.get(code, 'it failed')}"
        raise (Reject if code in _REFUSALS else Retry)(sentence)
    return answer


@contextmanager
def _connected(host: str, port: int, timeout: float) -> Iterator[ModbusTcpClient]:
    try:
        address = Reach.from_environment().addresses(host, port)[0]
    except AddressRefused as error:
        raise Reject(str(error), trouble=Trouble.CANNOT_CONNECT) from None
    except OSError:
        raise NotSent(f"{host} is no known name", trouble=Trouble.CANNOT_CONNECT) from None
    # No retries of its own: an on that was not answered may have been carried out.
    client = ModbusTcpClient(address, port=port, timeout=timeout, retries=0)
    try:
        if not client.connect():  # type: ignore[no-untyped-call]
            raise NotSent(f"{host}:{port} cannot be reached", trouble=Trouble.CANNOT_CONNECT)
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call]
