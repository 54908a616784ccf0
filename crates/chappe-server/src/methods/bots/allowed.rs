//! Whether a bot may write first: `bots.canSendMessage` and `allowSendMessage`.

use chappe_api::{enums, functions, types};

use super::named;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing::{self, Outgoing};
use crate::model::target::Target;

/// A bot answers whoever has a chat with it.
pub(crate) async fn can(call: &Call, query: functions::bots::CanSendMessage) -> Answer<bool> {
    let bot = named(call, &query.bot).await?;
    Ok(call.store().dialog(bot.id, call.user_id()?).await?.is_some())
}

/// Begins the chat, with a word that it was asked for.
pub(crate) async fn allow(call: &Call, query: functions::bots::AllowSendMessage) -> Answer<enums::Updates> {
    let bot = named(call, &query.bot).await?;
    if call.store().dialog(bot.id, call.user_id()?).await?.is_some() {
        return outgoing::answer(call, &[]).await;
    }
    let allowed =
        types::MessageActionBotAllowed { attach_menu: false, from_request: true, domain: None, app: None };
    let out = Outgoing { action: Some(allowed.into()), ..Outgoing::default() };
    let sent = outgoing::send(call, &Target::User(Box::new(bot)), out).await?;
    outgoing::answer(call, &[sent]).await
}
