"""Public JSON of what a site runs."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ModelOut(BaseModel):
    """A network of our own."""

    name: str
    words: str = Field(description="what it does")
    version: str = Field(description="the first digits of its hash")
    licence: str = Field(description="SPDX")
    sha256: str = Field(description="of the file")
    bytes: int


class PackageOut(BaseModel):
    name: str
    version: str
    licence: str = Field(description="as the package tells it, in SPDX where it does; empty where it does not")


class About(BaseModel):
    version: str
    licence: str = Field(description="SPDX, of code and weights")
    models: list[ModelOut]
    packages: list[PackageOut] = Field(description="Python packages installed beside the API, by name")
