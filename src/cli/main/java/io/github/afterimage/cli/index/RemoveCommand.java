package io.github.afterimage.cli.index;

import io.github.afterimage.ForgottenKeys;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "remove",
        header = "Remove keys from an index.",
        description = {
            "",
            "Removes keys by id, by class or by name, in one step. The removal is kept in a log beside the index. A removed key "
                    + "and its name stay in the files until the index is saved; --save does that at once, and --forget gives a receipt. "
                    + "The name of a class stays. Ids, a class or a pattern without a key are named on standard error, and the keys "
                    + "of the others are removed; the exit code is then 1."
        },
        footer = {
            "  afterimage remove --index cifar10.safetensors --ids 17,100-199",
            "  afterimage remove --index photos.safetensors --name 'cat/*' '*/draft-??.png' --save",
            "  afterimage remove --index photos.safetensors --name 'anna/*' --forget --json"
        })
public final class RemoveCommand extends Command {
    @Mixin
    private ChangeOptions changes;

    @ArgGroup(multiplicity = "1")
    private ChosenKeys choice = new ChosenKeys();

    @Mixin
    private ProcessorOptions processor;

    @Option(
            names = "--forget",
            order = 62,
            description =
                    "Save at once, so that no byte of the keys, their names and thumbnails is in any file of the index or its"
                            + " log, and print a receipt: the files, and SHA-256 of each. If it is killed, run it again with --ids.")
    private boolean forget;

    @Override
    protected void execute(Report report) throws IOException {
        changes.make(processor, (index, openSeconds) -> {
            long[] ids = choice.ids(index, report);
            if (forget) {
                ForgottenKeys receipt = index.forget(changes.file(), ids);
                report.line(
                                "%s: %s; saved",
                                Text.value("index", changes.file().toString()), Text.count("keys", index.size(), "key"))
                        .field("saved", true);
                report(receipt, report);
                ChangeOptions.warnOfSets(index, receipt.removed(), report);
                return;
            }
            long removed = index.remove(ids);
            changes.finish(index, removed, report);
            report.line("removed %s", Text.count("removed", removed, "key"));
        });
    }

    private static void report(ForgottenKeys receipt, Report report) {
        report.line("forgot %s", Text.count("removed", receipt.removed(), "key"))
                .field("receipt", receipt)
                .line("")
                .field("notUndone", ForgottenKeys.NOT_UNDONE);
        for (ForgottenKeys.File file : receipt.files()) {
            report.code(file.sha256() + "  " + file.name() + (file.rewritten() ? "" : "  (it had none of them)"));
        }
        report.line("").line(ForgottenKeys.NOT_UNDONE);
    }
}
