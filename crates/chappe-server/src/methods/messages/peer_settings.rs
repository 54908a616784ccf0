//! `messages.getPeerSettings` and `hidePeerSettingsBar`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::target::{self, Target};
use crate::model::user;
use crate::store::AccountChange;

pub(crate) async fn get(
    call: &Call,
    query: functions::messages::GetPeerSettings,
) -> Answer<types::messages::PeerSettings> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let settings = match &target {
        Target::User(other) => user::settings(call.store(), other, me).await?,
        Target::Group(_) => user::no_settings(),
    };
    let mut peers = Peers::default();
    peers.add(target.peer());
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::PeerSettings { settings, chats, users })
}

pub(crate) async fn hide(call: &Call, query: functions::messages::HidePeerSettingsBar) -> Answer<bool> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    call.store().hide_settings(me, target.peer().0, target.mailbox(me)).await?;
    call.account_changed(me, AccountChange::PeerSettings, target.peer()).await?;
    Ok(true)
}
