//! What the server saw: calls, and the overview that the page shows.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use chappe_server::{ServerError, Totals};
use futures_util::{Stream, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{Outcome, Problem, Query};
use super::{Shared, patience};
use crate::seen::{CallSeen, Wanted};

/// Calls in one answer unless another number is asked for.
const CALLS: usize = 100;
/// The most that may be asked for.
const MAX_CALLS: usize = 1000;
/// Rows of each list in an overview.
const ROWS: usize = 100;
/// How often the page is told.
const EVERY: Duration = Duration::from_secs(1);
/// An overview takes at most this part of the time: counting in a large world is slow.
const SHARE: u32 = 20;
/// Pages that watch at a time.
const MAX_WATCHERS: usize = 32;

#[derive(Deserialize)]
pub(crate) struct CallQuery {
    method: Option<String>,
    user: Option<i64>,
    #[serde(default)]
    errors: bool,
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    #[serde(default)]
    wait: f64,
}

pub(crate) async fn calls(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<CallQuery>,
) -> Outcome<Json<Vec<CallSeen>>> {
    let limit = query.limit.unwrap_or(CALLS);
    if limit > MAX_CALLS {
        return Err(Problem::bad_request("`limit` is at most 1000: that many are kept"));
    }
    let patience = patience(query.wait)?;
    let wanted = Wanted {
        method: query.method,
        user_id: query.user,
        errors_only: query.errors,
        after: query.after,
        limit,
    };
    Ok(Json(shared.recorder.wait(&wanted, patience).await))
}

/// Methods that the server does not have.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Unimplemented {
    /// How often each was asked for; by number if the newest layer has no such method.
    methods: BTreeMap<String, u64>,
}

pub(crate) async fn unimplemented(State(shared): State<Arc<Shared>>) -> Json<Unimplemented> {
    Json(Unimplemented { methods: shared.server.unimplemented() })
}

/// All that the page shows. Lists are cut after 100 rows.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Overview {
    /// Seconds since 1970 by the server's clock.
    now: i64,
    /// Seconds since the interface was started.
    uptime: f64,
    address: String,
    dc_id: i32,
    stopping: bool,
    totals: Counts,
    network: Network,
    connections: Vec<Connection>,
    sessions: Vec<Session>,
    users: Vec<User>,
    groups: Vec<Group>,
    messages: Vec<Message>,
    secret_chats: Vec<SecretChat>,
    /// By name.
    methods: BTreeMap<&'static str, Method>,
    unimplemented: BTreeMap<String, u64>,
    /// The last calls, the newest first.
    calls: Vec<CallSeen>,
    /// The last calls that were refused, the newest first.
    errors: Vec<CallSeen>,
    faults: usize,
}

/// How many there are.
#[derive(Serialize, JsonSchema)]
struct Counts {
    users: i64,
    devices: i64,
    auth_keys: i64,
    groups: i64,
    messages: i64,
    secret_chats: i64,
    /// Messages of secret chats that wait to be fetched.
    secret_messages: i64,
    file_bytes: i64,
    connections: usize,
    sessions: usize,
    calls: u64,
}

/// Since the server started.
#[derive(Serialize, JsonSchema)]
struct Network {
    accepted: u64,
    refused: u64,
    exchange_steps: u64,
    exchange_steps_refused: u64,
    received: u64,
    sent: u64,
    /// Answers that could not be turned into an older layer: each is a bug of the server.
    layer_failures: u64,
}

#[derive(Serialize, JsonSchema)]
struct Connection {
    id: u64,
    peer: String,
    since: i64,
    /// Such as `obfuscated intermediate`; empty before its first packet.
    transport: String,
    users: Vec<i64>,
    received: u64,
    sent: u64,
}

#[derive(Serialize, JsonSchema)]
struct Session {
    user: Option<i64>,
    layer: i32,
    app_version: String,
    device_model: String,
    system_version: String,
    connections: Vec<u64>,
}

#[derive(Serialize, JsonSchema)]
struct User {
    id: i64,
    phone: Option<String>,
    first_name: String,
    last_name: String,
    bot: bool,
    online_until: i64,
    devices: i64,
}

#[derive(Serialize, JsonSchema)]
struct Group {
    /// A basic group as -id, a channel or supergroup as -1000000000000 - id.
    peer: i64,
    /// `group`, `supergroup` or `channel`.
    kind: &'static str,
    title: String,
    creator: i64,
    date: i64,
    members: i64,
}

#[derive(Serialize, JsonSchema)]
struct Message {
    id: i64,
    author: i64,
    /// An account, a basic group as -id, a channel or supergroup as -1000000000000 - id.
    peer: i64,
    date: i64,
    /// The first 200 characters.
    text: String,
    has_media: bool,
    is_service: bool,
}

#[derive(Serialize, JsonSchema)]
struct SecretChat {
    id: i64,
    admin_id: i64,
    participant_id: i64,
    date: i64,
    /// `requested`, `ready` or `ended`.
    state: &'static str,
    waiting: i64,
    waiting_bytes: i64,
}

#[derive(Serialize, JsonSchema)]
struct Method {
    calls: u64,
    errors: BTreeMap<String, u64>,
    /// Of all calls together, in milliseconds.
    millis: f64,
}

async fn look(shared: &Shared) -> Result<Overview, ServerError> {
    let server = &shared.server;
    let connections: Vec<_> = server.connections().into_iter().map(connection).collect();
    let sessions: Vec<_> = server.sessions().into_iter().map(session).collect();
    let totals = counts(server.totals().await?, (connections.len(), sessions.len()), shared.recorder.last());
    let stats = server.network();
    let wanted = |errors_only| Wanted { errors_only, limit: ROWS, ..Wanted::default() };
    let methods = server.methods().into_iter().map(|(name, stats)| {
        let millis = stats.time.as_secs_f64() * 1000.0;
        (name, Method { calls: stats.calls, errors: stats.errors, millis })
    });
    Ok(Overview {
        now: server.now().unix_secs(),
        uptime: shared.started.elapsed().as_secs_f64(),
        address: server.address().to_string(),
        dc_id: server.dc_id(),
        stopping: shared.is_stopping(),
        totals,
        network: Network {
            accepted: stats.accepted,
            refused: stats.refused,
            exchange_steps: stats.exchange_steps,
            exchange_steps_refused: stats.exchange_steps_refused,
            received: stats.received,
            sent: stats.sent,
            layer_failures: server.layer_failures(),
        },
        connections: connections.into_iter().take(ROWS).collect(),
        sessions: sessions.into_iter().take(ROWS).collect(),
        users: server.users().await?.into_iter().take(ROWS).map(user).collect(),
        groups: server.groups().await?.into_iter().take(ROWS).map(group).collect(),
        messages: server.messages().await?.into_iter().take(ROWS).map(message).collect(),
        secret_chats: server.secret_chats().await?.into_iter().take(ROWS).map(secret_chat).collect(),
        methods: methods.collect(),
        unimplemented: server.unimplemented(),
        calls: shared.recorder.list(&wanted(false)),
        errors: shared.recorder.list(&wanted(true)),
        faults: server.faults().list().len(),
    })
}

fn counts(totals: Totals, (connections, sessions): (usize, usize), calls: u64) -> Counts {
    Counts {
        users: totals.users,
        devices: totals.devices,
        auth_keys: totals.auth_keys,
        groups: totals.groups,
        messages: totals.messages,
        secret_chats: totals.secret_chats,
        secret_messages: totals.secret_messages,
        file_bytes: totals.file_bytes,
        connections,
        sessions,
        calls,
    }
}

fn connection(info: chappe_server::ConnectionInfo) -> Connection {
    Connection {
        id: info.id,
        peer: info.peer.to_string(),
        since: info.since,
        transport: info.transport,
        users: info.users,
        received: info.received,
        sent: info.sent,
    }
}

fn session(info: chappe_server::SessionInfo) -> Session {
    Session {
        user: info.user,
        layer: info.layer,
        app_version: info.app_version,
        device_model: info.device_model,
        system_version: info.system_version,
        connections: info.connections,
    }
}

fn user(user: chappe_server::UserSummary) -> User {
    User {
        id: user.id,
        phone: user.phone,
        first_name: user.first_name,
        last_name: user.last_name,
        bot: user.is_bot,
        online_until: user.online_until,
        devices: user.devices,
    }
}

fn group(group: chappe_server::GroupSummary) -> Group {
    Group {
        peer: group.peer,
        kind: match group.kind {
            0 => "group",
            1 => "supergroup",
            _ => "channel",
        },
        title: group.title,
        creator: group.creator,
        date: group.date,
        members: group.members,
    }
}

fn message(message: chappe_server::MessageSummary) -> Message {
    Message {
        id: message.id,
        author: message.author,
        peer: message.peer,
        date: message.date,
        text: message.text,
        has_media: message.has_media,
        is_service: message.is_service,
    }
}

fn secret_chat(chat: chappe_server::SecretChatSummary) -> SecretChat {
    SecretChat {
        id: chat.id,
        admin_id: chat.admin_id,
        participant_id: chat.participant_id,
        date: chat.date,
        state: match chat.state {
            0 => "requested",
            1 => "ready",
            _ => "ended",
        },
        waiting: chat.waiting,
        waiting_bytes: chat.waiting_bytes,
    }
}

pub(crate) async fn overview(State(shared): State<Arc<Shared>>) -> Outcome<Json<Overview>> {
    Ok(Json(look(&shared).await?))
}

pub(crate) async fn events(
    State(shared): State<Arc<Shared>>,
) -> Outcome<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    // Each stream listens for the end of the interface.
    if shared.closing.receiver_count() > MAX_WATCHERS {
        return Err(Problem::too_many("too many pages watch already", "close one of them"));
    }
    let closing = shared.closing.subscribe();
    let stream =
        stream::unfold((shared, closing, Duration::ZERO), |(shared, mut closing, pause)| async move {
            tokio::select! {
                _ = closing.wait_for(|closing| *closing) => return None,
                () = tokio::time::sleep(pause) => {}
            }
            let start = Instant::now();
            let event = match look(&shared).await {
                Ok(overview) => Event::default().event("overview").json_data(&overview),
                Err(error) => Event::default().event("problem").json_data(error.to_string()),
            };
            let pause = EVERY.max(start.elapsed() * SHARE);
            Some((Ok(event.unwrap_or_default()), (shared, closing, pause)))
        });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
