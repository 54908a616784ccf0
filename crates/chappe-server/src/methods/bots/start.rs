//! `messages.startBot`: the first word to a bot, with what the link said that led there.

use chappe_api::{enums, functions};

use super::named;
use crate::call::Call;
use crate::limits::START_PARAM_LEN;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::allowed;
use crate::methods::messages::outgoing::{self, Outgoing};
use crate::model::entities;
use crate::model::target::{self, Target};

pub(crate) async fn handle(call: &Call, query: functions::messages::StartBot) -> Answer<enums::Updates> {
    let bot = named(call, &query.bot).await?;
    let param = &query.start_param;
    if param.is_empty() {
        return Err(bad_request("START_PARAM_EMPTY"));
    }
    if param.len() > START_PARAM_LEN {
        return Err(bad_request("START_PARAM_TOO_LONG"));
    }
    if !param.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-') {
        return Err(bad_request("START_PARAM_INVALID"));
    }
    let target = match &query.peer {
        enums::InputPeer::Empty => Target::User(Box::new(bot.clone())),
        peer => target::find(call, peer).await?,
    };
    let text = match &target {
        Target::User(user) if user.id == bot.id => format!("/start {param}"),
        Target::User(_) => return Err(call.refuse(&["PEER_ID_INVALID"])),
        // In a group several bots may listen.
        Target::Group(standing) => {
            if !call.store().member_ids(standing.chat.peer).await?.contains(&bot.id) {
                return Err(call.refuse(&["PEER_ID_INVALID"]));
            }
            format!("/start@{} {param}", bot.username.as_deref().unwrap_or_default())
        }
    };
    allowed::check_write(call, &target, false).await?;
    let marks = entities::complete(call, &text, None).await?;
    let as_group = allowed::as_group(call, &target, None).await?;
    let random_id = query.random_id;
    let together = vec![random_id];
    let out = Outgoing { text, entities: marks, random_id, together, as_group, ..Outgoing::default() };
    let sent = outgoing::send(call, &target, out).await?;
    outgoing::answer(call, &[sent]).await
}
