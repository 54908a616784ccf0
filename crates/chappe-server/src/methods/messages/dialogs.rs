//! The list of chats: `messages.getDialogs`, `getPinnedDialogs`, `getPeerDialogs`, `toggleDialogPin`,
//! `reorderPinnedDialogs`, `markDialogUnread` and `getDialogUnreadMarks`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::{MESSAGES_PER_CALL, PINNED_DIALOGS};
use crate::methods::errors::Answer;
use crate::model::dialog;
use crate::model::eyes::{Eyes, Peers};
use crate::model::peer_id::PeerId;
use crate::model::target::{self, Target};
use crate::store::{AccountChange, DialogRow, Pinning};

/// There is one folder here, the list itself; the archive is always empty.
const ARCHIVE: i32 = 1;

pub(crate) async fn list(
    call: &Call,
    query: functions::messages::GetDialogs,
) -> Answer<enums::messages::Dialogs> {
    let me = call.user_id()?;
    let mut rows = match query.folder_id {
        Some(ARCHIVE) => Vec::new(),
        _ => call.store().dialogs(me).await?,
    };
    // Pinned ones come first, with the first page; the others by the date of the message on top.
    rows.sort_by_key(|row| (-row.pinned, -row.top_date, -row.top, row.peer));
    if query.exclude_pinned {
        rows.retain(|row| row.pinned == 0);
    }
    let count = rows.len();
    if query.offset_date > 0 || query.offset_id > 0 {
        let offset_peer = match &query.offset_peer {
            enums::InputPeer::Empty => 0,
            peer => target::find(call, peer).await.map(|target| target.peer().0).unwrap_or(0),
        };
        // Where the last page ended: behind the chat itself, or behind its message if it has moved up since.
        let known = rows.iter().position(|row| {
            row.peer == offset_peer && (query.offset_id == 0 || row.top == i64::from(query.offset_id))
        });
        match known {
            Some(at) => drop(rows.drain(..=at)),
            None => {
                let (date, id) = (i64::from(query.offset_date), i64::from(query.offset_id));
                rows.retain(|row| row.pinned == 0 && (row.top_date < date || date == 0 && row.top < id));
            }
        }
    }
    let limit = usize::try_from(query.limit).unwrap_or(0).clamp(1, MESSAGES_PER_CALL);
    let more = rows.len() > limit || rows.len() < count;
    rows.truncate(limit);
    let eyes = Eyes::of(call)?;
    let mut peers = Peers::default();
    let (dialogs, messages) = dialog::see_all(&eyes, &rows, &mut peers).await?;
    let (users, chats) = peers.load(&eyes).await?;
    Ok(if more {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        types::messages::DialogsSlice { count, dialogs, messages, chats, users }.into()
    } else {
        types::messages::Dialogs { dialogs, messages, chats, users }.into()
    })
}

async fn answer(call: &Call, rows: &[DialogRow]) -> Answer<types::messages::PeerDialogs> {
    let eyes = Eyes::of(call)?;
    let mut peers = Peers::default();
    let (dialogs, messages) = dialog::see_all(&eyes, rows, &mut peers).await?;
    let (users, chats) = peers.load(&eyes).await?;
    let state = crate::methods::updates::get_state::handle(call, functions::updates::GetState {}).await?;
    Ok(types::messages::PeerDialogs { dialogs, messages, chats, users, state })
}

pub(crate) async fn pinned(
    call: &Call,
    query: functions::messages::GetPinnedDialogs,
) -> Answer<types::messages::PeerDialogs> {
    let mut rows = match query.folder_id {
        0 => call.store().dialogs(call.user_id()?).await?,
        _ => Vec::new(),
    };
    rows.retain(|row| row.pinned > 0);
    rows.sort_by_key(|row| -row.pinned);
    answer(call, &rows).await
}

pub(crate) async fn named(
    call: &Call,
    query: functions::messages::GetPeerDialogs,
) -> Answer<types::messages::PeerDialogs> {
    let me = call.user_id()?;
    if query.peers.is_empty() {
        return Err(call.refuse(&["INPUT_PEERS_EMPTY"]));
    }
    let mut rows = Vec::new();
    for input in query.peers.iter().take(MESSAGES_PER_CALL) {
        let Some(target) = input_dialog(call, input).await? else { continue };
        let (peer, mailbox) = (target.peer().0, target.mailbox(me));
        let row = call.store().dialog(me, peer).await?;
        // A chat that nothing was said in yet is there as well.
        rows.push(row.unwrap_or_else(|| DialogRow::new(peer, mailbox)));
    }
    answer(call, &rows).await
}

/// The chat that is meant; `None` for a folder.
async fn input_dialog(call: &Call, input: &enums::InputDialogPeer) -> Answer<Option<Target>> {
    match input {
        enums::InputDialogPeer::Peer(input) => Ok(Some(target::find(call, &input.peer).await?)),
        _ => Ok(None),
    }
}

pub(crate) async fn toggle_pin(call: &Call, query: functions::messages::ToggleDialogPin) -> Answer<bool> {
    let me = call.user_id()?;
    let target = input_dialog(call, &query.peer).await?;
    let peer = target.ok_or_else(|| call.refuse(&["PEER_ID_INVALID"]))?.peer();
    match call.store().pin_dialog(me, (peer.0, peer.mailbox(me)), query.pinned).await? {
        Pinning::Done => {}
        Pinning::NotListed => return Err(call.refuse(&["PEER_HISTORY_EMPTY"])),
        Pinning::TooMany => return Err(call.refuse(&["PINNED_DIALOGS_TOO_MUCH"])),
    }
    call.account_changed(me, AccountChange::PinnedDialogs, PeerId(0)).await?;
    Ok(true)
}

pub(crate) async fn reorder_pinned(
    call: &Call,
    query: functions::messages::ReorderPinnedDialogs,
) -> Answer<bool> {
    let (me, mut order) = (call.user_id()?, Vec::new());
    for input in query.order.iter().take(PINNED_DIALOGS) {
        let target = input_dialog(call, input).await?;
        order.extend(target.map(|target| (target.peer().0, target.mailbox(me))));
    }
    call.store().order_pinned_dialogs(me, &order, query.force).await?;
    call.account_changed(me, AccountChange::PinnedDialogs, PeerId(0)).await?;
    Ok(true)
}

pub(crate) async fn mark_unread(call: &Call, query: functions::messages::MarkDialogUnread) -> Answer<bool> {
    let me = call.user_id()?;
    let target = input_dialog(call, &query.peer).await?;
    let target = target.ok_or_else(|| call.refuse(&["PEER_ID_INVALID"]))?;
    let peer = target.peer();
    call.store().set_unread_mark(me, peer.0, target.mailbox(me), query.unread).await?;
    call.account_changed(me, AccountChange::UnreadMark, peer).await?;
    Ok(true)
}

pub(crate) async fn unread_marks(
    call: &Call,
    _: functions::messages::GetDialogUnreadMarks,
) -> Answer<Vec<enums::DialogPeer>> {
    let mut rows = call.store().dialogs(call.user_id()?).await?;
    rows.retain(|row| row.unread_mark);
    Ok(rows.into_iter().map(|row| types::DialogPeer { peer: PeerId(row.peer).peer() }.into()).collect())
}
