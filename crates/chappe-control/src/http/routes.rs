//! Every route in one table: the router and the description are both made from it.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::problem::Problem;
use super::{Shared, accounts, clock, codes, faults, guard, life, metrics, page, seen, snapshots};
use crate::faults::FaultSpec;
use crate::ready::{ControlFacts, Ready, ReadyAccount, Sessions};
use crate::seen::CallSeen;

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 1 << 20;
/// Longest snapshot that may be uploaded, in bytes.
const MAX_SNAPSHOT: usize = 1 << 30;

type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What a request or an answer holds.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// JSON of this shape.
    Json(Describe),
    /// Something of this media type.
    Other(&'static str),
    Nothing,
}

/// One operation.
pub(crate) struct Operation {
    /// In lower case.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    /// Names behind the `?`, each with its schema type and what it means.
    pub(crate) query: &'static [(&'static str, &'static str, &'static str)],
    pub(crate) takes: Content,
    pub(crate) status: u16,
    pub(crate) gives: Content,
    /// Another way to go well: its status, and what it means.
    pub(crate) also: Option<(u16, &'static str)>,
    /// The statuses of its errors, but for 401 of what needs a token.
    pub(crate) fails: &'static [u16],
    /// Whether it works without a token.
    pub(crate) open: bool,
    route: fn() -> MethodRouter<Arc<Shared>>,
}

fn json<T: JsonSchema>() -> Content {
    Content::Json(|generator| generator.subschema_for::<T>())
}

fn operation(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    route: fn() -> MethodRouter<Arc<Shared>>,
) -> Operation {
    let (takes, gives) = (Content::Nothing, Content::Nothing);
    Operation {
        method,
        path,
        id,
        summary,
        query: &[],
        takes,
        status: 200,
        gives,
        also: None,
        fails: &[],
        open: false,
        route,
    }
}

impl Operation {
    fn takes(self, takes: Content) -> Self {
        Self { takes, ..self }
    }

    fn gives(self, gives: Content) -> Self {
        Self { gives, ..self }
    }

    fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    fn also(self, status: u16, meaning: &'static str) -> Self {
        Self { also: Some((status, meaning)), ..self }
    }

    fn fails(self, statuses: &'static [u16]) -> Self {
        Self { fails: statuses, ..self }
    }

    fn open(self) -> Self {
        Self { open: true, ..self }
    }

    fn query(self, query: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }
}

/// All of them.
pub(crate) fn operations() -> Vec<Operation> {
    let mut all = verbs();
    all.extend(watching());
    all
}

fn verbs() -> Vec<Operation> {
    vec![
        operation(
            "get",
            "/v1/server",
            "server",
            "Address, data centres, key and accounts of the server",
            || get(life::server),
        )
        .gives(json::<Ready>())
        .fails(&[500]),
        operation("post", "/v1/stop", "stop", "Stops the server: calls under way are finished", || {
            post(life::stop)
        })
        .status(202)
        .gives(json::<life::Stopping>()),
        operation("post", "/v1/page", "page", "A link to the page, good for one visit", || post(life::page))
            .gives(json::<ControlFacts>()),
        operation("get", "/v1/accounts", "accounts", "The accounts that were made by name", || {
            get(accounts::list)
        })
        .gives(json::<Vec<ReadyAccount>>())
        .fails(&[500]),
        operation(
            "post",
            "/v1/accounts",
            "createAccount",
            "The account of this name, made if there is none",
            || post(accounts::create),
        )
        .takes(json::<accounts::NewAccountBody>())
        .gives(json::<ReadyAccount>())
        .fails(&[400, 404, 409, 500]),
        operation("get", "/v1/accounts/{name}", "account", "One account", || get(accounts::one))
            .gives(json::<ReadyAccount>())
            .fails(&[400, 404, 500]),
        operation(
            "post",
            "/v1/accounts/{name}/sessions",
            "newSession",
            "Another device of the account, logged in",
            || post(accounts::new_session),
        )
        .gives(json::<Sessions>())
        .fails(&[400, 404, 500]),
        operation(
            "post",
            "/v1/accounts/{name}/call",
            "call",
            "Calls a method of the API as the account, without a client",
            || post(accounts::call),
        )
        .takes(json::<accounts::CallBody>())
        .gives(json::<accounts::CallResult>())
        .fails(&[400, 404, 422, 500]),
        operation(
            "get",
            "/v1/codes",
            "codes",
            "The login codes that wait to be typed, by phone number or mail address",
            || get(codes::list),
        )
        .gives(json::<codes::Codes>()),
        operation(
            "get",
            "/v1/codes/{to}",
            "code",
            "The code that was last sent to a phone number or mail address",
            || get(codes::one),
        )
        .query(&[("wait", "number", "wait for one, so many seconds at most (60)")])
        .gives(json::<codes::Code>())
        .fails(&[400, 404]),
        operation("get", "/v1/clock", "clock", "The time as the server sees it", || get(clock::read))
            .gives(json::<clock::Time>()),
        operation(
            "post",
            "/v1/clock/advance",
            "advanceClock",
            "Sets the clock ahead, and does what is due by then",
            || post(clock::advance),
        )
        .takes(json::<clock::Advance>())
        .gives(json::<clock::Time>())
        .fails(&[400, 500]),
        operation(
            "get",
            "/v1/faults",
            "faults",
            "What goes wrong on purpose, in the order in which rules are looked at",
            || get(faults::list),
        )
        .gives(json::<Vec<faults::FaultState>>()),
        operation("post", "/v1/faults", "addFault", "Lets something go wrong", || post(faults::add))
            .takes(json::<FaultSpec>())
            .status(201)
            .gives(json::<faults::FaultState>())
            .fails(&[400, 500]),
        operation("delete", "/v1/faults", "clearFaults", "Removes all rules", || delete(faults::clear))
            .status(204),
        operation("delete", "/v1/faults/{id}", "removeFault", "Removes one rule", || delete(faults::remove))
            .status(204)
            .fails(&[400, 404]),
        operation("get", "/v1/snapshots", "snapshots", "The snapshots that are kept in memory", || {
            get(snapshots::list)
        })
        .gives(json::<Vec<snapshots::Kept>>()),
        operation("post", "/v1/snapshots", "makeSnapshot", "Keeps the whole world as it is now", || {
            post(snapshots::make)
        })
        .status(201)
        .gives(json::<snapshots::Kept>())
        .fails(&[409, 500]),
        operation(
            "post",
            "/v1/snapshots/upload",
            "uploadSnapshot",
            "Takes a snapshot that was downloaded",
            || post(snapshots::upload).layer(DefaultBodyLimit::max(MAX_SNAPSHOT)),
        )
        .takes(Content::Other("application/octet-stream"))
        .status(201)
        .gives(json::<snapshots::Kept>())
        .fails(&[400, 409]),
        operation(
            "get",
            "/v1/snapshots/{id}",
            "downloadSnapshot",
            "A snapshot as bytes, for `chappe serve --snapshot`",
            || get(snapshots::download),
        )
        .gives(Content::Other("application/octet-stream"))
        .fails(&[400, 404]),
        operation("delete", "/v1/snapshots/{id}", "removeSnapshot", "Forgets a snapshot", || {
            delete(snapshots::remove)
        })
        .status(204)
        .fails(&[400, 404]),
        operation(
            "post",
            "/v1/snapshots/{id}/fork",
            "fork",
            "Starts another server with the world of a snapshot, with a control interface of its own",
            || post(snapshots::fork),
        )
        .status(201)
        .gives(json::<Ready>())
        .fails(&[400, 404, 409]),
    ]
}

fn watching() -> Vec<Operation> {
    vec![
        operation("get", "/v1/calls", "calls", "What the server was asked last, the newest first", || get(seen::calls))
            .query(&[
                ("method", "string", "only calls of this method, of which the last 20 are kept at least"),
                ("user", "integer", "only calls of this account"),
                ("errors", "boolean", "only calls that were refused"),
                ("after", "integer", "only calls with a higher number"),
                ("limit", "integer", "how many, 100 if it is left out"),
                ("wait", "number", "wait for one, so many seconds at most (60)"),
            ])
            .gives(json::<Vec<CallSeen>>())
            .fails(&[400]),
        operation("get", "/v1/unimplemented", "unimplemented", "How often each method was asked for that the server does not have", || {
            get(seen::unimplemented)
        })
        .gives(json::<seen::Unimplemented>()),
        operation("get", "/v1/overview", "overview", "All that the page shows: connections, sessions, accounts, messages, secret chats, methods, errors", || {
            get(seen::overview)
        })
        .gives(json::<seen::Overview>())
        .fails(&[500]),
        operation("get", "/v1/events", "events", "The overview every second, as server-sent events", || get(seen::events))
            .gives(Content::Other("text/event-stream"))
            .fails(&[409]),
        operation("get", "/metrics", "metrics", "Counters for Prometheus", || get(metrics::metrics))
            .gives(Content::Other("text/plain"))
            .fails(&[500]),
        operation("get", "/health", "health", "Whether the process answers", || get(life::health))
            .open()
            .gives(json::<life::Health>()),
        operation("get", "/ready", "ready", "Whether the server takes calls: 503 if its storage fails or it is stopping", || {
            get(life::ready)
        })
        .open()
        .gives(json::<life::Health>())
        .fails(&[503]),
        operation("get", "/openapi.json", "openapi", "This description", || get(super::openapi::serve))
            .open()
            .gives(Content::Other("application/json")),
        operation("get", "/", "watch", "The page", || get(page::page))
            .open()
            .query(&[("key", "string", "of a link that is good for one visit")])
            .gives(Content::Other("text/html"))
            .also(303, "The link was good: on to the page, with a cookie for it")
            .fails(&[401]),
    ]
}

/// Everything that is served.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let (mut open, mut guarded) = (Router::new(), Router::new());
    for operation in operations() {
        let router = if operation.open { &mut open } else { &mut guarded };
        *router = std::mem::take(router).route(operation.path, (operation.route)());
    }
    let guarded = guarded.route_layer(from_fn_with_state(Arc::clone(shared), guard::guard));
    open.merge(guarded)
        .fallback(|| async {
            Problem::not_found("there is nothing here", "see /openapi.json for what there is")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                axum::http::StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address is not used with this HTTP method",
                "see /openapi.json for what it takes",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(axum::middleware::map_response(page::harden))
        .with_state(Arc::clone(shared))
}
