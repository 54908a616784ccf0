//! `messages.getPeerSettings` and `hidePeerSettingsBar`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::target::{self, Target};
use crate::model::user;

pub(crate) async fn get(
    call: &Call,
    query: functions::messages::GetPeerSettings,
) -> Answer<types::messages::PeerSettings> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let hidden = call.store().dialog(me, target.peer().0).await?.is_some_and(|row| row.settings_hidden);
    let mut settings = user::no_settings();
    if let Target::User(other) = &target
        && other.id != me
        && !other.is_bot
        && !hidden
        && call.store().contact(me, other.id).await?.is_none()
    {
        settings.add_contact = true;
        settings.block_contact = !call.store().has_blocked(me, other.id).await?;
        settings.report_spam = true;
    }
    let mut peers = Peers::default();
    peers.add(target.peer());
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::PeerSettings { settings, chats, users })
}

pub(crate) async fn hide(call: &Call, query: functions::messages::HidePeerSettingsBar) -> Answer<bool> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    call.store().hide_settings(me, target.peer().0, target.mailbox(me)).await?;
    Ok(true)
}
