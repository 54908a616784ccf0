//! `updates.getDifference`
//!
//! Messages and changes of the account's mailbox come oldest first, in slices by pts; what has no counter comes with the
//! last of them, as it is now, and with it what concerns secret chats. Until then the date stays where the client asked
//! from: it says from when on that is to be told. Of channels only those are named in which something happened.
//!
//! The qts that the client passes acknowledges everything up to it. Secret messages come oldest first, in slices;
//! the qts of each answer is that of its last message.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::{DIFFERENCE_BYTES, DIFFERENCE_MESSAGES};
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::mail;
use crate::model::peer_id::PeerId;
use crate::model::update::{self, Viewer};

pub(crate) async fn handle(
    call: &Call,
    query: functions::updates::GetDifference,
) -> Answer<enums::updates::Difference> {
    let user = call.user().await?;
    let viewer = Viewer { device: call.device, user_id: user.id, dc_id: call.environment.this_dc };
    let (store, access) = (call.store(), &call.world.access);

    let eyes = Eyes { world: &call.world, viewer, now: call.unix() };

    store.acknowledge_qts(call.device, query.qts).await?;
    // A client of another life of the server may be ahead of us: it learns where we are.
    let asked = query.pts.max(1);
    let pts_limit = query.pts_limit.and_then(|limit| usize::try_from(limit).ok());
    let pts_limit = pts_limit.unwrap_or(DIFFERENCE_MESSAGES).clamp(1, DIFFERENCE_MESSAGES);
    let mail = store.mail_events(user.id, asked, pts_limit).await?;
    let behind = mail.pts.saturating_sub(asked);
    if mail.too_long || query.pts_total_limit.is_some_and(|limit| limit > 0 && behind > limit) {
        return Ok(types::updates::DifferenceTooLong { pts: mail.pts }.into());
    }
    let limit = query.qts_limit.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(DIFFERENCE_MESSAGES).clamp(1, DIFFERENCE_MESSAGES);
    let slice = match mail.more {
        true => None,
        false => Some(store.queued_messages(call.device, query.qts, limit, DIFFERENCE_BYTES).await?),
    };

    let (mut new_messages, mut other_updates, mut peers) = (Vec::new(), Vec::new(), Peers::default());
    for event in &mail.events {
        match mail::update(&eyes, user.id, event, &mut peers).await? {
            Some(enums::Update::NewMessage(new)) => new_messages.push(new.message.clone()),
            update => other_updates.extend(update),
        }
    }
    // What has no counter comes with the last slice.
    if !mail.more {
        for (channel, pts) in store.channels_changed(user.id, query.date).await? {
            peers.add(PeerId(channel));
            let channel_id = PeerId(channel).bare();
            other_updates.push(types::UpdateChannelTooLong { channel_id, pts: Some(pts) }.into());
        }
        for (change, peer, _) in store.account_changes(user.id, query.date).await? {
            other_updates.extend(mail::account_update(&eyes, change, PeerId(peer), &mut peers).await?);
        }
        for event in store.device_events(call.device, query.date, call.date()).await? {
            if let Some((update, peer)) = update::event(store, access, viewer, event).await? {
                other_updates.push(update);
                peers.add(PeerId::user(peer));
            }
        }
    }
    let secret_messages = slice.as_ref().map(|slice| slice.messages.as_slice()).unwrap_or_default();
    for message in secret_messages {
        let chat = store.secret_chat(message.chat_id).await?;
        peers.add(PeerId::user(chat.and_then(|chat| chat.peer_of(user.id)).unwrap_or(0)));
    }
    // A client that is ahead of us (it comes from another life of the server) has to learn our qts, too.
    let nothing = secret_messages.is_empty() && other_updates.is_empty() && new_messages.is_empty();
    let last = secret_messages.last().map(|message| message.qts);
    let qts = slice.as_ref().map_or(query.qts, |slice| match slice.more {
        true => last.unwrap_or(slice.current_qts),
        false => slice.current_qts,
    });
    if nothing && query.qts == qts && query.pts == mail.pts {
        return Ok(types::updates::DifferenceEmpty { date: call.date(), seq: 0 }.into());
    }
    let state = types::updates::State {
        pts: mail.events.last().filter(|_| mail.more).map_or(mail.pts, |event| event.pts),
        qts,
        date: if mail.more { query.date } else { call.date() },
        seq: 0,
        unread_count: store.unread_total(user.id).await?,
    };
    let (users, chats) = peers.load(&eyes).await?;
    let more = mail.more || slice.as_ref().is_some_and(|slice| slice.more);
    let new_encrypted_messages = slice.into_iter().flat_map(|slice| slice.messages);
    let new_encrypted_messages =
        new_encrypted_messages.map(|message| update::encrypted_message(message, viewer, access)).collect();
    Ok(if more {
        types::updates::DifferenceSlice {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            intermediate_state: state,
        }
        .into()
    } else {
        types::updates::Difference {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            state,
        }
        .into()
    })
}
