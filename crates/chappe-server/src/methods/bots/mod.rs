//! Bots: what they say about themselves, what they are asked by buttons and inline, and what they answer.

mod allowed;
mod callback;
mod commands;
mod edit_inline;
mod info;
mod inline;
mod results;
mod send_inline;
mod start;

use std::collections::HashMap;

use chappe_api::functions as f;
use chappe_tl::Function;

use super::table::{Method, entry};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::peer;
use crate::store::UserRow;

/// Adds the methods of this family to the table.
pub(super) fn add(table: &mut HashMap<u32, Method>) {
    macro_rules! method {
        ($query:ty => $handler:path) => {
            entry!(table, LoggedIn $query => $handler)
        };
    }
    method!(f::bots::AllowSendMessage => allowed::allow);
    method!(f::bots::CanSendMessage => allowed::can);
    method!(f::bots::GetBotCommands => commands::get);
    method!(f::bots::GetBotInfo => info::get);
    method!(f::bots::ResetBotCommands => commands::reset);
    method!(f::bots::SetBotCommands => commands::set);
    method!(f::bots::SetBotInfo => info::set);
    method!(f::messages::EditInlineBotMessage => edit_inline::handle);
    method!(f::messages::GetBotCallbackAnswer => callback::ask);
    method!(f::messages::GetInlineBotResults => inline::ask);
    method!(f::messages::SendInlineBotResult => send_inline::handle);
    method!(f::messages::SetBotCallbackAnswer => callback::answer);
    method!(f::messages::SetInlineBotResults => inline::answer);
    method!(f::messages::StartBot => start::handle);
}

/// The bot that a query names.
async fn named(call: &Call, input: &chappe_api::enums::InputUser) -> Answer<UserRow> {
    let bot = peer::find(call, input).await?.ok_or_else(|| bad_request("BOT_INVALID"))?;
    if bot.deleted {
        return Err(call.refuse(&["INPUT_USER_DEACTIVATED", "BOT_INVALID"]));
    }
    if bot.is_bot { Ok(bot) } else { Err(bad_request("BOT_INVALID")) }
}
