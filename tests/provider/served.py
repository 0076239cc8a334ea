"""The process of the real provider (canaille): people and one client, on the port that the caller names.

Run as `python -m tests.provider.served PORT FOLDER ADDRESS...`; each ADDRESS is one to which it may send people back.
"""

from __future__ import annotations

import json
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from tests.provider.people import CLIENT, PASSWORD, SECRET, SUBJECTS


def main(port: int, place: str, addresses: list[str]) -> None:
    """Serve until told to stop; says `ready` on standard output once it answers."""
    key = {**RSAKey.generate_key(2048).as_dict(private=True), "kid": "first", "alg": "RS256", "use": "sig"}
    app = create_app({
        "SECRET_KEY": "a secret of this provider", "SERVER_NAME": f"127.0.0.1:{port}", "PREFERRED_URL_SCHEME": "http", "TESTING": False,
        "CANAILLE": {"DATABASE": "sql", "SECURE_COOKIES": False, "LOGGING": None},
        # Its database in memory finds codes by any of what it is asked for; a real one is in a file.
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{place}/provider.sqlite"},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [json.loads(json.dumps(key))]},
    })  # fmt: skip
    with app.app_context():
        for name in SUBJECTS:
            person = models.User(
                user_name=name, formatted_name=name, family_name=name, given_name=name, emails=[f"{name}@provider.example"],
                password=PASSWORD,
            )  # fmt: skip
            Backend.instance.save(person)
        client = models.Client(
            client_id=CLIENT, client_secret=SECRET, client_name="Indelible", client_uri="http://127.0.0.1", redirect_uris=addresses,
            grant_types=["authorization_code"], response_types=["code"], scope=["openid"],
            token_endpoint_auth_method="client_secret_basic", require_auth_time=True,
        )  # fmt: skip
        Backend.instance.save(client)
        client.audience = [client]  # without it a token names nobody for whom it is
        Backend.instance.save(client)
    server = make_server("127.0.0.1", port, app, threaded=False)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
