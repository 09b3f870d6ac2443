"""What can be wrong with the apps, services and routes, as `cf` tells them."""

from __future__ import annotations

from tokonoma.doctor.failures.failure import DOCTOR_ITSELF, LOGIN, NO_ROUTE, STAGING, START, Failure, note

BESIDE = (
    Failure("cf.missing", "the cf command is not installed", "github.com/cloudfoundry/cli", DOCTOR_ITSELF),
    Failure(
        "cf.login", "nobody is logged in, or no space is chosen", "cf login, cf target -s", DOCTOR_ITSELF
    ),
    Failure("cf.answer", "the platform did not answer as it should", "cf api; once more", DOCTOR_ITSELF),
    Failure(
        "cf.app", "not pushed, pushed under another name, or another space", "cf apps; cf push", NO_ROUTE
    ),
    Failure(
        "cf.stopped",
        "trial accounts stop all apps every day",
        "cf start",
        NO_ROUTE,
    ),
    Failure("cf.crashed", "it does not start, or ends", "cf logs --recent", START),
    Failure(
        "cf.unready",
        "the platform keeps visitors away from an app that says that it is not ready",
        "cf logs --recent; for myapp /actuator/health/readiness says which part is down",
        NO_ROUTE,
    ),
    Failure("cf.killed", "more memory than its limit (exit code 137)", "raise memory, cf push", STAGING),
    note("cf.crashes", "it has ended by itself lately", "cf logs --recent", START),
    Failure(
        "cf.python",
        "runtime.txt names a Python that the buildpack dropped",
        "name a line: python-3.13.x",
        STAGING,
    ),
    Failure(
        "cf.vendor", "a folder vendor/ makes the buildpack install from it alone", "remove vendor/", STAGING
    ),
    Failure("cf.staging", "the buildpack could not build it", "cf logs --recent", STAGING),
    Failure("cf.unbound", "a service that it needs is not bound", "cf bind-service, cf restage", START),
    Failure(
        "cf.pending",
        "the service is still being made, or being changed",
        "cf service: wait, then bind",
        START,
    ),
    Failure(
        "cf.failed", "the service could not be made or changed", "cf service; delete it, create it", START
    ),
    Failure(
        "cf.database",
        "no HANA Cloud instance is mapped to this space",
        "SAP HANA Cloud Central, Instance Mapping; delete the service, create it",
        "503",
    ),
    Failure(
        "cf.instance", "a hana-cloud instance is no schema", "cf create-service hana hdi-shared pyhana", "503"
    ),
    Failure("cf.plan", "the plan is none that can be used", "cf create-service, see README.md", "503"),
    Failure(
        "cf.entitlement",
        "the subaccount has no entitlement to hdi-shared",
        "BTP cockpit, Entitlements: SAP HANA Schemas & HDI Containers",
        "503",
    ),
    Failure(
        "cf.two_instances",
        "web asks one instance for tokens, myapp expects another's",
        "bind the same to both, cf restage",
        "401",
    ),
    Failure("cf.route", "no address leads to it", "cf map-route, or cf push", NO_ROUTE),
    Failure(
        "cf.redirect",
        "the identity provider sends people back to registered addresses only",
        "vars.yml; make deployment; cf update-service pyuaa -c xs-security.json (pyias: ias.json)",
        LOGIN,
    ),
    Failure(
        "cf.redirect_form",
        "https only; http for localhost; no other scheme",
        "correct redirect-uris in xs-security.json; make deployment",
        LOGIN,
    ),
    Failure("cf.destination", "web does not know where myapp is", "make deployment; cf push web", "502"),
    Failure("cf.forward", "web keeps the token to itself", "forwardAuthToken: true; cf push web", "403"),
    Failure(
        "cf.plain",
        "http is redirected to https, and the token is lost on the way",
        "https in destinations",
        "403",
    ),
    note("cf.starting", "it was pushed or restarted a moment ago", "wait, then look again", START),
    note("cf.scaled", "there is no instance to answer", "cf scale -i 1", NO_ROUTE),
    note(
        "cf.more_routes",
        "nobody can sign in by that address; by the others people can",
        "register it as well, or cf unmap-route",
        LOGIN,
    ),
    note(
        "cf.unseen",
        "the bindings come as files, and who is logged in may not see them: no certificate was looked at",
        "cf login as a space developer; or where the app runs: python -m tokonoma.doctor",
        START,
    ),
    Failure(
        "cf.two_kinds",
        "web signs people in with one identity service, myapp takes tokens of the other alone",
        "bind the same to both, cf restage",
        "401",
    ),
    Failure(
        "cf.several",
        "one of several services of a kind is not chosen by itself",
        "cf unbind-service; or TOKONOMA_XSUAA_SERVICE, TOKONOMA_IDENTITY_SERVICE, TOKONOMA_HANA_SERVICE"
        " (web: UAA_SERVICE_NAME, IAS_SERVICE_NAME); cf restage",
        START,
    ),
    Failure(
        "cf.credentials",
        "IAS binds tokens to a certificate only for a client that signs in with one",
        "bind both with the same credential-type, cf restage",
        "401",
    ),
    Failure(
        "cf.unproved",
        "IAS binds web's tokens to its certificate, and myapp has to see that",
        "destinations: a .cert. route of myapp as url, forwardAuthCertificates: true; cf push web",
        "401",
    ),
    note(
        "cf.csrf",
        "the approuter answers 403, x-csrf-token: Required, to programs that POST",
        "fetch one first, in the same session; or csrfProtection: false in xs-app.json for what only reads",
        "403",
    ),
    Failure(
        "cf.features",
        "an app can have its bindings in one kind of files",
        "cf disable-app-feature one of them",
        START,
    ),
    Failure(
        "cf.files",
        "the approuter finds no service in these files without its name",
        "UAA_SERVICE_NAME, cf restart",
        START,
    ),
    note(
        "cf.large",
        "the platform starts nothing whose environment has more than 130 kB",
        "app feature file-based-vcap-services",
        START,
    ),
    Failure(
        "cf.opaque",
        "IAS renews tokens as opaque ones, so sessions end, and web logs them",
        "access-token-format: jwt in the token-policy; then have sessions end",
        "401",
    ),
    Failure(
        "cf.exchange",
        "XSUAA does not take this IAS client's tokens",
        "xsuaa-cross-consumption: true, cf update-service",
        "401",
    ),
)
