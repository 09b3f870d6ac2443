"""A florist: the flowers of a HANA schema, by SQLAlchemy, for whoever may buy."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal

from cfenv import AppEnv
from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sap import xssec
from sqlalchemy import URL, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

services = AppEnv()
hana = services.get_service(label="hana").credentials
uaa = services.get_service(label="xsuaa").credentials


class Base(DeclarativeBase):
    pass


class Flower(Base):
    __tablename__ = "flower"
    __table_args__ = {"schema": hana["schema"].lower()}

    name: Mapped[str] = mapped_column(primary_key=True)
    blooms: Mapped[date]
    price: Mapped[Decimal | None]


# As for a HANA in the cloud: a certificate that the machine does not trust ends it.
engine = create_engine(
    URL.create(
        "hana+hdbcli",
        hana["user"],
        hana["password"],
        hana["host"],
        int(hana["port"]),
        query={"encrypt": "true", "sslValidateCertificate": "true"},
    )
)
app = Flask(__name__)


@app.get("/alive")
def alive() -> ResponseReturnValue:
    return "yes"


@app.get("/flowers")
def flowers() -> ResponseReturnValue:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        abort(401)
    try:
        caller = xssec.create_security_context(token, uaa)
    except RuntimeError:
        abort(401)
    if not caller.check_scope("$XSAPPNAME.Buy"):
        abort(403)
    with Session(engine) as session:
        found = session.scalars(select(Flower).order_by(Flower.blooms)).all()
        return jsonify(
            buyer=caller.get_logon_name(),
            shop=os.environ["SHOP_ADDRESS"],
            flowers=[[each.name, str(each.blooms), each.price and str(each.price)] for each in found],
        )
