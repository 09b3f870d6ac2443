"""What can be wrong where the app runs."""

from __future__ import annotations

from tokonoma.doctor.failures.failure import BIND_ANEW, STAGING, START, TLS, Failure, note

IN_PLACE = (
    Failure("settings.wrong", "an environment variable is not what it may be", "correct it, restage", START),
    note("settings.unknown", "no setting has that name: misspelled?", "README.md, Settings", START),
    Failure("bindings.unreadable", "what the platform says of the bindings is broken", "restage", START),
    note("bindings.unread", "only the first of several sources counts", "unset the others", START),
    note(
        "bindings.large",
        "the platform starts nothing whose environment has more than 130 kB",
        "app feature file-based-vcap-services, restart",
        START,
    ),
    Failure("hana.unbound", "the schema was not created, or not bound", "cf bind-service, cf restage", "503"),
    Failure(
        "hana.instance",
        "the hana-cloud instance is bound, and it has no schema",
        "cf create-service hana hdi-shared pyhana, bind it, cf restage",
        "503",
    ),
    Failure("hana.shape", "a binding of an unknown kind, or two of them", BIND_ANEW, START),
    Failure(
        "hana.design_time",
        "the design-time user is given as the runtime user; it may change tables",
        "take user and password of the binding, not hdi_user and hdi_password",
        START,
    ),
    Failure("xsuaa.unbound", "pyuaa was not created, or not bound", "cf bind-service, cf restage", START),
    Failure("xsuaa.shape", "a binding of an unknown kind, or two of them", BIND_ANEW, START),
    Failure("ias.shape", "a binding of an unknown kind, or two of them", BIND_ANEW, START),
    Failure(
        "ias.route",
        "IAS binds tokens to certificates then, which callers can show by a .cert. route alone",
        "cf map-route myapp cert.cfapps.REGION.hana.ondemand.com, cf restart; or bind with a secret",
        "401",
    ),
    Failure(
        "platform.wrong",
        "what the platform says of itself was set by hand",
        "upload the microservice anew",
        START,
    ),
    Failure(
        "platform.unreachable",
        "no way to the platform, or C8Y_BASEURL leads elsewhere",
        "the platform's status page; Administration, Ecosystem, Microservices: restart it",
        "503",
    ),
    Failure("platform.certificate", "a proxy opens TLS, or roots are missing here", "SSL_CERT_FILE", TLS),
    Failure(
        "platform.answer",
        "something else than the platform answers, or it is in trouble",
        "the platform's status page; C8Y_BASEURL",
        "503",
    ),
    Failure(
        "platform.user",
        "the microservice was removed or subscribed anew, and this is an instance of before",
        "Administration, Ecosystem, Microservices: upload it anew, subscribe",
        "401",
    ),
    note(
        "platform.unset",
        "the platform sets these variables; was it started by hand?",
        "Administration, Ecosystem, Microservices: upload it, subscribe",
        START,
    ),
    note(
        "platform.unsubscribed",
        "the platform lets users of subscribed tenants pass, and of no others",
        "Administration, Ecosystem, Microservices, Tokonoma: Subscribe",
        "403",
    ),
    Failure("certificate.expired", "credentials with a certificate end after days", BIND_ANEW, TLS),
    note(
        "certificate.ends",
        "nobody renews it by itself, and web reads bindings at its start only",
        f"{BIND_ANEW}; where files are renewed (Kyma), restart web",
        TLS,
    ),
    note("certificate.unreadable", "it is not PEM, or its date is none", BIND_ANEW, TLS),
    note("memory.small", "each worker takes some 40 MB", "raise memory, or lower TOKONOMA_WORKERS", STAGING),
    note("memory.killed", "a process here was ended for its memory", "raise memory", STAGING),
    note(
        "policy.missing",
        "without a policy file nobody sees any table",
        "python -m tokonoma.data.policy draft",
        START,
    ),
    Failure("policy.wrong", "the policy file cannot be used", "python -m tokonoma.data.policy check", START),
    Failure(
        "policy.unfit",
        "the policy names what the schema does not have",
        "python -m tokonoma.data.policy check",
        START,
    ),
    note(
        "policy.ahead",
        "the policy names what the schema does not have yet",
        "deploy it, or take it out: python -m tokonoma.data.policy check",
        START,
    ),
    Failure(
        "hana.host",
        "the instance was deleted, or this network has no names for it",
        "SAP HANA Cloud Central: is it there? then bind anew, cf restage",
        "503",
    ),
    Failure(
        "hana.stopped",
        "nobody listens: free and trial instances are stopped every night",
        "SAP HANA Cloud Central, Start",
        "503",
    ),
    Failure(
        "hana.silent", "packets vanish: stopped, or a firewall is in between", "start it; the network", "503"
    ),
    Failure(
        "hana.closed",
        "it is stopped, or this address is not allowed",
        "SAP HANA Cloud Central, Start; then Manage Configuration, Connections, allowed addresses",
        "503",
    ),
    Failure(
        "hana.certificate",
        "expired, foreign, or for another host; the bound root alone is trusted",
        BIND_ANEW,
        TLS,
    ),
    Failure("hana.password", "the binding was renewed and this has the old one", "cf restage", "503"),
    Failure(
        "hana.locked", "wrong passwords have locked the user", "wait or have it unlocked; cf restage", "503"
    ),
    Failure("hana.user", "the user is gone, deactivated, or has to change its password", BIND_ANEW, "503"),
    Failure("hana.error", "HANA does not do what it is asked for", "the log of myapp has its words", "503"),
    Failure("hana.schema", "statements go to another schema", "bind anew, without changes by hand", "503"),
    Failure(
        "hana.empty",
        "nothing was deployed, or its container was created anew",
        "cf run-task db --process task --name deploy --wait",
        "503",
    ),
    Failure(
        "hana.forbidden",
        "a privilege is missing",
        "grant SELECT in default_access_role.hdbrole, deploy db again",
        "503",
    ),
    Failure("xsuaa.unreachable", "no way to it, or a proxy in between", "the platform's status page", "503"),
    Failure("xsuaa.certificate", "a proxy opens TLS, or roots are missing here", "SSL_CERT_FILE", TLS),
    Failure("xsuaa.answer", "it is not what was bound", BIND_ANEW, "503"),
    Failure("xsuaa.client", "the binding's secret or certificate has ended", BIND_ANEW, "401"),
    Failure("xsuaa.clock", "tokens look expired, or from the future", "set this machine's clock", "401"),
    Failure("ias.unreachable", "no way to it, or a proxy in between", "the platform's status page", "503"),
    Failure("ias.certificate", "a proxy opens TLS, or roots are missing here", "SSL_CERT_FILE", TLS),
    Failure(
        "ias.tenant",
        "client and tenant do not belong together",
        "bind anew: cf unbind-service, cf bind-service, cf restage",
        "503",
    ),
    Failure("ias.clock", "tokens look expired, or from the future", "set this machine's clock", "401"),
    Failure("ias.client", "the binding's secret or certificate has ended", BIND_ANEW, "401"),
    Failure("ias.answer", "it is not what was bound", BIND_ANEW, "503"),
)
