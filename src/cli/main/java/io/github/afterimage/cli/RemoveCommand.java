package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.count;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.options.ChangeOptions;
import io.github.afterimage.cli.options.OpenedIndex;
import io.github.afterimage.cli.output.Report;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
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
            "  afterimage remove --index photos.safetensors --name 'cat/*' '*/draft-??.png' --save"
        })
final class RemoveCommand extends Command {
    /** Ids are held in memory, 8 bytes each. */
    private static final long MAX_RANGE = 10_000_000;

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
        try (OpenedIndex opened = changes.open()) {
            long removed = remove(opened.index());
            changes.finish(opened.index(), report);
            report.line("removed %s", count("removed", removed, "key"));
        }
    }

    private long remove(CacheIndex index) {
        if (choice.ids != null) {
            return index.remove(ids(choice.ids));
        }
        if (choice.label != null) {
            int label = label(index, choice.label);
            return index.remove((int other) -> other == label);
        }
        List<Pattern> patterns = choice.names == null
                ? List.of()
                : choice.names.stream().map(RemoveCommand::pattern).toList();
        return index.removeNamed(name ->
                patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches()));
    }

    private static long[] ids(String text) {
        return Arrays.stream(text.split(",", -1))
                .flatMapToLong(RemoveCommand::range)
                .toArray();
    }

    private static LongStream range(String text) {
        String[] ends = text.matches("[0-9]{1,18}(-[0-9]{1,18})?") ? text.split("-") : new String[] {"1", "0"};
        long first = Long.parseLong(ends[0]);
        long last = Long.parseLong(ends[ends.length - 1]);
        if (last < first || last - first >= MAX_RANGE) {
            throw new IllegalArgumentException("--ids: \"" + text
                    + "\", expected an id or a range such as 100-199, of at" + " most " + MAX_RANGE + " ids");
        }
        return LongStream.rangeClosed(first, last);
    }

    private static int label(CacheIndex index, String text) {
        int named = index.classNames().indexOf(text);
        if (named >= 0) {
            return named;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) >= index.classes()) {
            throw new IllegalArgumentException("--label " + text + ": expected the name of a class or a number in 0.."
                    + (index.classes() - 1) + "; info lists them");
        }
        return Integer.parseInt(text);
    }

    private static Pattern pattern(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("(?<=[*?])|(?=[*?])"))
                        .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                        .reduce("", String::concat),
                Pattern.DOTALL);
    }
}
