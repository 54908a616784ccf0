//! `messages.saveDraft`, `getAllDrafts` and `clearAllDrafts`

use chappe_api::{enums, functions, types};

use super::outgoing::stored;
use crate::call::Call;
use crate::limits::{MESSAGE_BYTES, MESSAGE_LEN};
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::peer_id::PeerId;
use crate::model::{entities, mail, post, target};
use crate::store::AccountChange;

async fn changed(call: &Call, peer: PeerId) -> Answer<()> {
    call.account_changed(call.user_id()?, AccountChange::Draft, peer).await
}

pub(crate) async fn save(call: &Call, query: functions::messages::SaveDraft) -> Answer<bool> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    if query.message.chars().count() > MESSAGE_LEN {
        return Err(call.refuse(&["MESSAGE_TOO_LONG"]));
    }
    let empty = query.message.is_empty() && query.reply_to.is_none();
    let draft: enums::DraftMessage = types::DraftMessage {
        no_webpage: query.no_webpage,
        invert_media: query.invert_media,
        reply_to: query.reply_to,
        entities: entities::complete(call, &query.message, query.entities).await?,
        message: query.message,
        media: None,
        date: call.date(),
        effect: query.effect,
        suggested_post: None,
        rich_message: None,
    }
    .into();
    let draft = stored(&draft)?;
    if draft.len() > MESSAGE_BYTES {
        return Err(call.refuse(&["MESSAGE_TOO_LONG"]));
    }
    let (peer, mailbox) = (target.peer(), target.mailbox(me));
    if call.store().set_draft(me, peer.0, mailbox, (!empty).then_some(&*draft)).await? {
        changed(call, peer).await?;
    }
    Ok(true)
}

pub(crate) async fn all(call: &Call, _: functions::messages::GetAllDrafts) -> Answer<enums::Updates> {
    let eyes = Eyes::of(call)?;
    let (mut updates, mut peers) = (Vec::new(), Peers::default());
    for row in call.store().dialogs(call.user_id()?).await?.iter().filter(|row| row.draft.is_some()) {
        updates
            .extend(mail::account_update(&eyes, AccountChange::Draft, PeerId(row.peer), &mut peers).await?);
    }
    post::updates(call, updates, &[], peers).await
}

pub(crate) async fn clear(call: &Call, _: functions::messages::ClearAllDrafts) -> Answer<bool> {
    let me = call.user_id()?;
    for row in call.store().dialogs(me).await?.iter().filter(|row| row.draft.is_some()) {
        if call.store().set_draft(me, row.peer, row.mailbox, None).await? {
            changed(call, PeerId(row.peer)).await?;
        }
    }
    Ok(true)
}
