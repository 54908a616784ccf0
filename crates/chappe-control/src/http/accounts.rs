//! Accounts: made, looked up, and calls made as one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chappe_server::{Account, NewAccount};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Shared;
use super::problem::{Body, Name, Outcome, Problem};
use crate::calls::{self, CallError};
use crate::ready::{ReadyAccount, Sessions};

/// An account to make. Every field but the name has a default.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountBody {
    /// What the test calls it. If there is such an account, it stays as it is.
    name: String,
    /// Telephone number. Default: the next free test number 99966XYYYY.
    phone: Option<String>,
    /// Default: the name with a capital letter.
    first_name: Option<String>,
    #[serde(default)]
    last_name: String,
    /// Public name, without the `@`.
    username: Option<String>,
    /// A password of two-step verification.
    password: Option<String>,
    #[serde(default)]
    password_hint: String,
    /// A bot instead of a person.
    #[serde(default)]
    bot: bool,
    /// Its token, as NUMBER:SECRET. Default: drawn.
    bot_token: Option<String>,
    /// Has a bot get all messages of its groups, not only those for it.
    #[serde(default)]
    hears_groups: bool,
    /// The data centre that it is at home in, if there are several.
    dc_id: Option<i32>,
    /// Names of accounts to put into its contact list.
    #[serde(default)]
    contacts: Vec<String>,
}

/// A call.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallBody {
    /// Such as `messages.sendMessage`.
    method: String,
    /// Its parameters as in the TL schema: objects name their constructor in `_`, 64-bit numbers may be texts, bytes
    /// are base64.
    #[serde(default = "nothing")]
    params: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What a call came to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CallResult {
    /// The result, in the same form.
    result: Value,
}

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Outcome<Json<Vec<ReadyAccount>>> {
    let accounts = shared.server.accounts().await?;
    let known = shared.known();
    Ok(Json(accounts.iter().map(|account| ReadyAccount::of(account, &known)).collect()))
}

/// The account of this name.
async fn find(shared: &Shared, name: &str) -> Outcome<Account> {
    let accounts = shared.server.accounts().await?;
    accounts.into_iter().find(|account| account.name == name).ok_or_else(|| {
        Problem::not_found(format!("no account is called {name:?}"), "make it with POST /v1/accounts")
    })
}

pub(crate) async fn one(
    State(shared): State<Arc<Shared>>,
    Name(name): Name<String>,
) -> Outcome<Json<ReadyAccount>> {
    let account = find(&shared, &name).await?;
    Ok(Json(ReadyAccount::of(&account, &shared.known())))
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Body(body): Body<NewAccountBody>,
) -> Outcome<Json<ReadyAccount>> {
    let server = &shared.server;
    let mut contacts = Vec::new();
    for name in &body.contacts {
        contacts.push(find(&shared, name).await?);
    }
    let is_new = server.accounts().await?.iter().all(|account| account.name != body.name);
    let new = NewAccount {
        phone: body.phone,
        first_name: body.first_name,
        last_name: body.last_name,
        username: body.username,
        bot: body.bot,
        bot_token: body.bot_token,
        hears_groups: body.hears_groups,
        dc_id: body.dc_id,
    };
    let account = server.account(&body.name, new).await?;
    if let Some(password) = body.password.filter(|_| is_new) {
        server.set_password(&account, &password, &body.password_hint).await?;
        shared.know(&body.name, password);
    }
    for contact in &contacts {
        server.add_contact(&account, contact).await?;
    }
    Ok(Json(ReadyAccount::of(&account, &shared.known())))
}

pub(crate) async fn new_session(
    State(shared): State<Arc<Shared>>,
    Name(name): Name<String>,
) -> Outcome<Json<Sessions>> {
    let account = find(&shared, &name).await?;
    Ok(Json(Sessions::of(&shared.server.new_session(&account).await?)))
}

pub(crate) async fn call(
    State(shared): State<Arc<Shared>>,
    Name(name): Name<String>,
    Body(body): Body<CallBody>,
) -> Outcome<Json<CallResult>> {
    let account = find(&shared, &name).await?;
    match calls::call(&shared.server, &account, &body.method, &body.params).await {
        Ok(result) => Ok(Json(CallResult { result })),
        Err(CallError::Written(reason)) => Err(Problem::bad_request(reason)),
        Err(CallError::Refused(error)) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "rpc",
            format!("{} {}", error.code, error.text()),
            "a client would have been told the same: see what the method asks for",
        )),
    }
}
