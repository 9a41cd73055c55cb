//! Transcripts: the commands of a `console` fence, each at its place in the page.

use super::Lowering;
use crate::diagnostic::Diagnostic;
use crate::document::Fence;
use crate::runbook::snippet::Action;
use crate::runbook::transcript;

impl Lowering<'_> {
    /// What a `console` fence asks for. What is wrong with it is reported, and the rest of it read all the same.
    pub(super) fn console_action(&mut self, fence: &Fence) -> Action {
        let code = &fence.code;
        // An empty fence is reported as one.
        if code.text.trim().is_empty() {
            return Action::Console(Vec::new());
        }
        let (commands, mistakes) = transcript::parse(&code.text, fence.line(self.file) + 1);
        for mistake in mistakes {
            let place = self.place(code.source_span(mistake.span));
            self.report(
                Diagnostic::error("bad-transcript", place, mistake.message).note(mistake.note).hint(mistake.hint),
            );
        }
        Action::Console(commands)
    }

    /// An `output` fence after a transcript, where its author may expect it to be compared.
    pub(super) fn output_of_transcript(&mut self, fence: &Fence) {
        let place = self.place(fence.language_span);
        self.report(
            Diagnostic::error("output-of-nothing", place, "a transcript has no `output`: what it prints stands in it")
                .note("each command is compared with the lines below it, so this fence would be compared with nothing")
                .hint("move these lines below the command that prints them, and remove the fence"),
        );
    }
}
