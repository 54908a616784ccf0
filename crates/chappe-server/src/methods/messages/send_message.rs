//! `messages.sendMessage`

use chappe_api::{enums, functions};

use super::outgoing::{self, Outgoing};
use super::{allowed, reply_markup};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::target;

pub(crate) async fn handle(call: &Call, query: functions::messages::SendMessage) -> Answer<enums::Updates> {
    if query.schedule_date.is_some() || query.quick_reply_shortcut.is_some() || query.rich_message.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let target = target::find(call, &query.peer).await?;
    if query.random_id == 0 {
        return Err(call.refuse(&["RANDOM_ID_EMPTY"]));
    }
    allowed::check_write(call, &target, false).await?;
    allowed::check_pace(call, &target, &[query.random_id]).await?;
    let (text, entities) = outgoing::check_text(call, &query.message, query.entities, false).await?;
    let out = Outgoing {
        text,
        entities,
        markup: reply_markup::check(call, query.reply_markup).await?,
        reply: query.reply_to,
        silent: query.silent,
        noforwards: query.noforwards,
        invert_media: query.invert_media,
        clear_draft: query.clear_draft,
        random_id: query.random_id,
        together: vec![query.random_id],
        as_group: allowed::as_group(call, &target, query.send_as.as_ref()).await?,
        ..Outgoing::default()
    };
    let sent = outgoing::send(call, &target, out).await?;
    match outgoing::short_answer(&sent) {
        Some(answer) => Ok(answer),
        None => outgoing::answer(call, &[sent]).await,
    }
}
