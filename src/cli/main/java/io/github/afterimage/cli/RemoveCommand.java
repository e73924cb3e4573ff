package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.count;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.options.ChangeOptions;
import io.github.afterimage.cli.options.OpenedIndex;
import io.github.afterimage.cli.options.ServedKeys;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
final class RemoveCommand extends Command {
    @Mixin
    private ChangeOptions changes;

    @ArgGroup(multiplicity = "1")
    private Choice choice = new Choice();

    /** The keys to remove. */
    static final class Choice {
        @Option(
                names = "--ids",
                order = 10,
                paramLabel = "IDS",
                description = "Ids and ranges of ids, such as 17,100-199. Ids that no key has are ignored.")
        private @Nullable String ids;

        @Option(names = "--label", order = 11, paramLabel = "CLASS", description = "A class, by name or by number.")
        private @Nullable String label;

        @Option(
                names = "--name",
                order = 12,
                arity = "1..*",
                paramLabel = "PATTERN",
                description =
                        "Patterns of whole names: * stands for any characters, ? for one, every other for itself. Quote them"
                                + " in a shell.")
        private @Nullable List<String> names;
    }

    @Override
    void execute(Report report) throws IOException {
        Optional<ServedKeys> served = changes.served();
        if (served.isPresent()) {
            long removed = remove(served.get());
            changes.finish(served.get(), report);
            report.line("removed %s", count("removed", removed, "key"));
            return;
        }
        try (OpenedIndex opened = changes.open()) {
            long removed = remove(opened.index());
            changes.finish(opened.index(), report);
            report.line("removed %s", count("removed", removed, "key"));
        }
    }

    private long remove(ServedKeys keys) throws IOException {
        if (choice.ids != null) {
            return keys.remove("ids", choice.ids);
        }
        if (choice.label != null) {
            return keys.remove("label", choice.label);
        }
        long removed = 0;
        for (String pattern : choice.names == null ? List.<String>of() : choice.names) {
            removed += keys.remove("name", pattern);
        }
        return removed;
    }

    private long remove(CacheIndex index) {
        if (choice.ids != null) {
            return index.remove(KeySelection.ids(choice.ids));
        }
        if (choice.label != null) {
            int label = KeySelection.label(index, choice.label);
            return index.remove((int other) -> other == label);
        }
        return index.removeNamed(KeySelection.names(choice.names == null ? List.of() : choice.names));
    }
}
