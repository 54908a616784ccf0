"""Reads an RSA key as PEM of PKCS #1, for libraries that want its two numbers."""

import base64


def numbers(pem):
    """Modulus and exponent."""
    body = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))

    def length(at):
        size = body[at]
        if size < 0x80:
            return size, at + 1
        count = size & 0x7F
        return int.from_bytes(body[at + 1 : at + 1 + count], "big"), at + 1 + count

    def integer(at):
        assert body[at] == 0x02, "no integer"
        size, at = length(at + 1)
        return int.from_bytes(body[at : at + size], "big"), at + size

    assert body[0] == 0x30, "no sequence"
    modulus, at = integer(length(1)[1])
    return modulus, integer(at)[0]
