from __future__ import annotations

import json

import pytest

from tokonoma.platforms.platform import MASK, tell, where

C8Y = {
    "C8Y_BASEURL": "http://cumulocity:8111",
    "C8Y_BASEURL_MQTT": "tcp://cumulocity:1881",
    "C8Y_BOOTSTRAP_TENANT": "mytenant",
    "C8Y_BOOTSTRAP_USER": "servicebootstrap_tokonoma",
    "C8Y_BOOTSTRAP_PASSWORD": "very-secret",
    "C8Y_MICROSERVICE_ISOLATION": "MULTI_TENANT",
}
CF = {
    "VCAP_APPLICATION": json.dumps(
        {
            "application_name": "myapp",
            "organization_name": "acme",
            "space_name": "dev",
            "cf_api": "https://api.cf.eu20.hana.ondemand.com",
        }
    ),
    "CF_INSTANCE_INDEX": "1",
}


def test_cumulocity_is_told_in_its_own_words_with_the_password_masked() -> None:
    assert tell(C8Y) == {
        "platform": "cumulocity",
        "platformUrl": "http://cumulocity:8111",
        "mqttPlatformUrl": "tcp://cumulocity:1881",
        "tenant": "mytenant",
        "user": "servicebootstrap_tokonoma",
        "password": MASK,
        "microserviceIsolation": "MULTI_TENANT",
    }


def test_a_password_that_is_not_there_is_null_and_not_a_mask() -> None:
    assert tell({"C8Y_BASEURL": "http://cumulocity:8111"})["password"] is None


def test_cloud_foundry_tells_application_space_instance_and_region() -> None:
    assert tell(CF) == {
        "platform": "cloud-foundry",
        "application": "myapp",
        "organization": "acme",
        "space": "dev",
        "instance": "1",
        "region": "eu20",
    }


@pytest.mark.parametrize("api", ["", "https://api.example", "https://api.cf./", "api.cf.eu20.hana"])
def test_an_unknown_api_endpoint_has_no_region(api: str) -> None:
    assert tell({"VCAP_APPLICATION": json.dumps({"cf_api": api})})["region"] is None


def test_elsewhere_there_is_nothing_to_tell() -> None:
    assert where({}).name == "unknown"
    assert tell({}) == {"platform": "unknown"}
