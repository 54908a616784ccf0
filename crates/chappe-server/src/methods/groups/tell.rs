//! Who hears that a chat has changed, and how the caller's answer says it.

use chappe_api::enums;

use crate::call::{After, Call};
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::note::{Hearers, Note};
use crate::model::peer_id::PeerId;
use crate::model::{mail, post};
use crate::store::{AccountChange, Change};

/// How a chat of this kind says that something about it has changed.
pub(crate) const fn itself(peer: PeerId) -> AccountChange {
    if peer.is_channel() { AccountChange::Channel } else { AccountChange::Chat }
}

/// Has everybody in a chat hear of a change.
pub(crate) async fn members(call: &Call, peer: PeerId, change: AccountChange) -> Answer<()> {
    let users = call.store().members_changed(peer.0, change, call.unix()).await?;
    call.after(After::Note { to: Hearers::Accounts(users), note: Note::Account { change, peer } });
    Ok(())
}

/// The answer to a call that changed a chat and wrote messages about it.
pub(crate) async fn answer(
    call: &Call,
    peer: PeerId,
    change: AccountChange,
    written: &[Change],
) -> Answer<enums::Updates> {
    let mut peers = Peers::default();
    let first = mail::account_update(&Eyes::of(call)?, change, peer, &mut peers).await?;
    post::updates(call, first.into_iter().collect(), written, peers).await
}
