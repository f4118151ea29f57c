/** ISO alpha-3 to what a plate's strip shows: the distinguishing sign of the UN list (conventions of 1949 and 1968). */
import { language } from "../texts";

const SIGNS: Record<string, string> = {
  ALB: "AL",
  AND: "AND",
  ARM: "AM",
  AUT: "A",
  AZE: "AZ",
  BEL: "B",
  BGR: "BG",
  BIH: "BIH",
  BLR: "BY",
  BRA: "BR",
  CAN: "CDN",
  CHE: "CH",
  CYP: "CY",
  CZE: "CZ",
  DEU: "D",
  DNK: "DK",
  ESP: "E",
  EST: "EST",
  FIN: "FIN",
  FRA: "F",
  GBR: "UK",
  GEO: "GE",
  GRC: "GR",
  HRV: "HR",
  HUN: "H",
  IRL: "IRL",
  ISL: "IS",
  ITA: "I",
  KAZ: "KZ",
  LIE: "FL",
  LTU: "LT",
  LUX: "L",
  LVA: "LV",
  MCO: "MC",
  MDA: "MD",
  MEX: "MEX",
  MKD: "NMK",
  MLT: "M",
  MNE: "MNE",
  NLD: "NL",
  NOR: "N",
  POL: "PL",
  PRT: "P",
  ROU: "RO",
  RUS: "RUS",
  SRB: "SRB",
  SVK: "SK",
  SVN: "SLO",
  SWE: "S",
  TUR: "TR",
  UKR: "UA",
  USA: "USA",
};
/** Signs that are not the alpha-2 code, by which the browser knows a country's name. */
const ALPHA2: Record<string, string> = {
  A: "AT",
  B: "BE",
  CDN: "CA",
  D: "DE",
  E: "ES",
  EST: "EE",
  F: "FR",
  FIN: "FI",
  FL: "LI",
  H: "HU",
  I: "IT",
  IRL: "IE",
  L: "LU",
  M: "MT",
  N: "NO",
  NMK: "MK",
  P: "PT",
  S: "SE",
  SLO: "SI",
  UK: "GB",
  USA: "US",
  AND: "AD",
  BIH: "BA",
  MEX: "MX",
  MNE: "ME",
  RUS: "RU",
  SRB: "RS",
};
const NAMES = new Intl.DisplayNames([language], { type: "region", fallback: "code" });

export const COUNTRIES = Object.keys(SIGNS);

export function sign(code: string): string {
  return SIGNS[code] ?? code;
}

export function countryName(code: string): string {
  const shown = sign(code);
  const alpha2 = ALPHA2[shown] ?? shown;
  return alpha2.length === 2 ? (NAMES.of(alpha2) ?? code) : code;
}
