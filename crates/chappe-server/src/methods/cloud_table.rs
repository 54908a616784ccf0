//! The part of the table with cloud messages, groups and channels.

use std::collections::HashMap;

use chappe_api::functions as f;
use chappe_tl::Function;

use super::table::{Method, entry};
use super::{messages, reports};
use crate::call::Call;

pub(super) fn add(table: &mut HashMap<u32, Method>) {
    macro_rules! method {
        ($query:ty => $handler:path) => {
            entry!(table, LoggedIn $query => $handler)
        };
    }
    method!(f::channels::DeleteHistory => messages::deleting::channel_history);
    method!(f::channels::DeleteMessages => messages::deleting::of_channel);
    method!(f::channels::DeleteParticipantHistory => messages::deleting::participant_history);
    method!(f::channels::GetMessages => messages::get_messages::of_channel);
    method!(f::channels::ReadHistory => messages::reading::channel);
    method!(f::channels::ReadMessageContents => messages::reading::channel_contents);
    method!(f::messages::ClearAllDrafts => messages::drafts::clear);
    method!(f::messages::DeleteHistory => messages::deleting::history);
    method!(f::messages::DeleteMessages => messages::deleting::own);
    method!(f::messages::EditMessage => messages::edit_message::handle);
    method!(f::messages::GetMessageEditData => messages::edit_message::data);
    method!(f::messages::ForwardMessages => messages::forward_messages::handle);
    method!(f::messages::GetAllDrafts => messages::drafts::all);
    method!(f::messages::GetDialogUnreadMarks => messages::dialogs::unread_marks);
    method!(f::channels::ReportSpam => reports::in_channel);
    method!(f::messages::GetSearchResultsCalendar => messages::media_places::calendar);
    method!(f::messages::GetSearchResultsPositions => messages::media_places::positions);
    method!(f::messages::Report => reports::message);
    method!(f::messages::ReportMessagesDelivery => reports::delivery);
    method!(f::messages::ReportSpam => reports::spam);
    method!(f::messages::SendScreenshotNotification => reports::screenshot);
    method!(f::messages::GetDialogs => messages::dialogs::list);
    method!(f::messages::GetHistory => messages::get_history::handle);
    method!(f::messages::GetMessages => messages::get_messages::own);
    method!(f::messages::GetMessagesViews => messages::views::handle);
    method!(f::messages::GetOutboxReadDate => messages::read_participants::outbox);
    method!(f::messages::GetPeerDialogs => messages::dialogs::named);
    method!(f::messages::GetPeerSettings => messages::peer_settings::get);
    method!(f::messages::GetPinnedDialogs => messages::dialogs::pinned);
    method!(f::messages::GetSearchCounters => messages::search::counters);
    method!(f::messages::GetUnreadMentions => messages::search::unread_mentions);
    method!(f::messages::HidePeerSettingsBar => messages::peer_settings::hide);
    method!(f::messages::MarkDialogUnread => messages::dialogs::mark_unread);
    method!(f::messages::ReadHistory => messages::reading::history);
    method!(f::messages::ReadMentions => messages::reading::mentions);
    method!(f::messages::ReadMessageContents => messages::reading::contents);
    method!(f::messages::ReorderPinnedDialogs => messages::dialogs::reorder_pinned);
    method!(f::messages::SaveDraft => messages::drafts::save);
    method!(f::messages::Search => messages::search::in_chat);
    method!(f::messages::SearchGlobal => messages::search::everywhere);
    method!(f::messages::SendMedia => messages::send_media::one);
    method!(f::messages::SendMessage => messages::send_message::handle);
    method!(f::messages::SendMultiMedia => messages::send_media::album);
    method!(f::messages::SetTyping => messages::set_typing::handle);
    method!(f::messages::ToggleDialogPin => messages::dialogs::toggle_pin);
    method!(f::messages::UnpinAllMessages => messages::pinning::none);
    method!(f::messages::UpdatePinnedMessage => messages::pinning::one);
}
