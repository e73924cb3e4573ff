package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.report.Text.count;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.Report;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "remove",
        header = "Remove keys from an index.",
        description = {
            "",
            "Removes keys by id, by class or by name, in one step. The removal is kept in a log beside the index. A removed key "
                    + "and its name stay in the files until the index is saved; --save does that at once."
        },
        footer = {
            "  afterimage remove --index cifar10.safetensors --ids 17,100-199",
            "  afterimage remove --index photos.safetensors --name 'cat/*' '*/draft-??.png' --save",
            "  afterimage remove --server http://127.0.0.1:8080/v2/models/photos --label cat"
        })
public final class RemoveCommand extends Command {
    @Mixin
    private ChangeOptions changes;

    @ArgGroup(multiplicity = "1")
    private ChosenKeys choice = new ChosenKeys();

    @Mixin
    private ProcessorOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        Optional<ServedKeys> served = changes.served(false);
        if (served.isPresent()) {
            long removed = choice.remove(served.get());
            changes.finish(served.get(), report);
            report.line("removed %s", count("removed", removed, "key"));
            return;
        }
        changes.make(processor, opened -> {
            long removed = opened.index().remove(choice.ids(opened.index()));
            changes.finish(opened.index(), report);
            report.line("removed %s", count("removed", removed, "key"));
        });
    }
}
