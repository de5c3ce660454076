"""Keys and signed tokens: JSON Web Signatures (RFC 7515) over a digest of canonical JSON (RFC 8785)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from service.errors import ConfigurationError, InvalidSignatureError

_Private = Ed25519PrivateKey | EllipticCurvePrivateKey
_Public = Ed25519PublicKey | EllipticCurvePublicKey
ISSUER = "lumbar-triage"


@dataclass(frozen=True)
class VerifyingKey:
    """A public key, the algorithm that goes with it, and its RFC 7638 thumbprint as id."""

    key: _Public
    algorithm: str
    id: str

    @classmethod
    def from_pem(cls, pem: str) -> "VerifyingKey":
        """A public key in PEM.

        Raises:
            ConfigurationError: not an Ed25519 or P-256 key.
        """
        try:
            key = load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ConfigurationError("the public key is not a PEM key") from error
        return _verifying(key)

    def jwk(self) -> dict[str, Any]:
        """The public key as a JSON Web Key, for whoever wants to verify."""
        return {**_jwk(self.key), "kid": self.id, "alg": self.algorithm, "use": "sig"}


@dataclass(frozen=True)
class SigningKey:
    """A private key; ``public`` is what verifies its signatures."""

    key: _Private
    public: VerifyingKey

    @classmethod
    def from_pem(cls, pem: str) -> "SigningKey":
        """An unencrypted private key in PEM.

        Raises:
            ConfigurationError: not an Ed25519 or P-256 key.
        """
        try:
            key = load_pem_private_key(pem.encode(), password=None)
        except (TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise ConfigurationError("the signing key is not an unencrypted PEM key") from error
        if not isinstance(key, _Private):
            raise ConfigurationError("the signing key must be Ed25519 or P-256")
        return cls(key, _verifying(key.public_key()))


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal of the canonical form of a JSON document: order and spelling of numbers do not matter.

    Raises:
        InvalidSignatureError: it is not JSON.
    """
    try:
        return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()
    except (rfc8785.CanonicalizationError, TypeError, RecursionError) as error:
        raise InvalidSignatureError("the report is not plain JSON") from error


def sign(claims: Mapping[str, Any], kind: str, key: SigningKey) -> str:
    """A compact signed token of type ``kind``."""
    headers = {"typ": kind, "kid": key.public.id}
    return jwt.encode({**claims, "iss": ISSUER}, key.key, algorithm=key.public.algorithm, headers=headers)


def verified(token: str, kind: str, keys: Sequence[VerifyingKey]) -> dict[str, Any]:
    """The claims of a token of type ``kind`` that one of ``keys`` signed.

    Raises:
        InvalidSignatureError: malformed, altered, of another type, or signed by none of them.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = next((one for one in keys if one.id == header.get("kid")), None)
        if key is None or header.get("typ") != kind:
            raise InvalidSignatureError("the token is of another kind or signed with an unknown key")
        options: Any = {"require": ["iat", "iss", "sha256"], "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(token, key.key, [key.algorithm], options=options, issuer=ISSUER)
    except jwt.InvalidTokenError as error:
        raise InvalidSignatureError("the token is malformed or was altered") from error
    return claims


def _verifying(key: object) -> VerifyingKey:
    if isinstance(key, Ed25519PublicKey):
        return VerifyingKey(key, "EdDSA", _thumbprint(key))
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return VerifyingKey(key, "ES256", _thumbprint(key))
    raise ConfigurationError("a key must be Ed25519 or P-256")


def _thumbprint(key: _Public) -> str:
    members = {name: value for name, value in _jwk(key).items() if name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(rfc8785.dumps(members)).hexdigest()


def _jwk(key: _Public) -> dict[str, Any]:
    if isinstance(key, Ed25519PublicKey):
        return dict(OKPAlgorithm.to_jwk(key, as_dict=True))
    return dict(ECAlgorithm.to_jwk(key, as_dict=True))
