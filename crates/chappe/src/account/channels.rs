//! What is asked about channels.

use chappe_api::{enums, functions, types};
use chappe_tl::{Decode, Encode};
use chappe_updates::{ChannelId, Pts, Request};

use super::task::{Done, Task};
use super::updates::undecodable;
use crate::dialogs::{Offset, Page};
use crate::error::InvokeError;
use crate::limits;
use crate::updates;

impl Task {
    pub(super) fn request_channel(&mut self, channel: ChannelId, request: Request) {
        let Some(counters) = &mut self.counters else { return };
        // Bots may ask without.
        let access_hash = counters.hashes.get(&channel).copied().unwrap_or_default();
        let input = types::InputChannel { channel_id: channel.0, access_hash }.into();
        let body = match request {
            Request::GetChannelDifference { from, .. } => functions::updates::GetChannelDifference {
                force: false,
                channel: input,
                filter: enums::ChannelMessagesFilter::Empty,
                pts: from.0.max(1),
                limit: limits::CHANNEL_DIFFERENCE,
            }
            .to_bytes(),
            _ => functions::channels::GetFullChannel { channel: input }.to_bytes(),
        };
        let Ok(body) = body else { return };
        let (call, run) = (self.call_for_updates(body), self.run);
        self.running.push(Box::pin(async move { Done::Channel { run, request, answer: call.await } }));
    }

    pub(super) fn handle_channel_answer(&mut self, request: Request, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(counters) = &mut self.counters else { return };
        let machine = &mut counters.machine;
        let (Request::GetChannelDifference { channel, .. } | Request::GetChannelPts { channel }) = request
        else {
            return;
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            // It is asked for again after the next start.
            Err(InvokeError::Closed) => return,
            Err(error) if error.is_unauthorized() => return self.logged_out_by(&error),
            // The account cannot see it (any more), or never could.
            Err(InvokeError::Rpc(error)) if matches!(error.code, 400 | 403 | 406) => {
                tracing::debug!(channel = channel.0, %error, "a channel is forgotten");
                machine.forget_channel(channel, now);
                if !error.is("CHANNEL_PRIVATE") && matches!(request, Request::GetChannelDifference { .. }) {
                    self.hub.publish(updates::Event::Missed { channel: Some(channel.0) });
                }
                return;
            }
            Err(error) => {
                tracing::debug!(channel = channel.0, %error, "a channel cannot be asked for");
                return machine.handle_channel_failure(channel, now);
            }
        };
        let handled = match request {
            Request::GetChannelDifference { .. } => enums::updates::ChannelDifference::from_bytes(&bytes)
                .map(|difference| machine.handle_channel_difference(channel, difference, now)),
            _ => types::messages::ChatFull::from_bytes(&bytes).map(|full| match full.full_chat {
                enums::ChatFull::ChannelFull(full) => {
                    machine.handle_channel_pts(channel, Pts(full.pts), now);
                }
                _ => machine.forget_channel(channel, now),
            }),
        };
        if let Err(error) = handled {
            tracing::warn!(%error, "what is said of a channel cannot be read");
            self.hub.publish_aside(undecodable(&bytes, &error));
            machine.handle_channel_unreadable(channel, now);
        }
    }

    /// After a login: where the channels stand that the account is in. Bots cannot ask that: of theirs, the first update
    /// says it.
    pub(super) fn list_channels(&mut self) {
        if let Some(counters) = &mut self.counters
            && !self.is_bot
        {
            counters.listing = true;
            self.list_page(0, Offset::first());
        }
    }

    fn list_page(&mut self, page: usize, offset: Offset) {
        let Ok(body) = offset.query(limits::PAGE).to_bytes() else { return };
        let (call, run) = (self.call_for_updates(body), self.run);
        self.running.push(Box::pin(async move { Done::Dialogs { run, page, answer: call.await } }));
    }

    pub(super) fn handle_dialogs_answer(&mut self, number: usize, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(counters) = &mut self.counters else { return };
        let page = match answer.and_then(|bytes| Ok(enums::messages::Dialogs::from_bytes(&bytes)?)) {
            Ok(answer) => Page::of(answer),
            Err(error) if error.is_unauthorized() => return self.logged_out_by(&error),
            Err(error) => {
                tracing::debug!(%error, "the list of chats cannot be fetched: channels stand at their next update");
                None
            }
        };
        let Some(page) = page else { return counters.listing = false };
        counters.learn(&page.users, &page.chats);
        for dialog in &page.dialogs {
            if let enums::Dialog::Dialog(dialog) = dialog
                && let (enums::Peer::Channel(peer), Some(pts)) = (&dialog.peer, dialog.pts)
            {
                counters.machine.handle_channel_pts(ChannelId(peer.channel_id), Pts(pts), now);
            }
        }
        match page.next() {
            Some(next) if page.total.is_some() && number + 1 < limits::MAX_DIALOG_PAGES => {
                self.list_page(number + 1, next);
            }
            _ => counters.listing = false,
        }
    }
}
