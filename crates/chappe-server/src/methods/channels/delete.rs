//! `channels.deleteChannel`

use chappe_api::{enums, functions};

use crate::call::{After, Call};
use crate::methods::errors::Answer;
use crate::methods::groups::tell;
use crate::model::note::{Hearers, Note};
use crate::model::target;
use crate::store::AccountChange;

/// Deletes a channel with all that was said in it.
pub(crate) async fn handle(call: &Call, query: functions::channels::DeleteChannel) -> Answer<enums::Updates> {
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let (peer, change) = (standing.peer(), AccountChange::Channel);
    let users = call.store().delete_channel(peer.0, peer.bare()).await?;
    for user in &users {
        call.store().account_changed(*user, change, peer.0, call.unix()).await?;
    }
    call.after(After::Note { to: Hearers::Accounts(users), note: Note::Account { change, peer } });
    tell::answer(call, peer, change, &[]).await
}
