package io.github.afterimage.cli.options;

import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Durability;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The index that a command changes, and the way in which the changes are kept. */
public final class ChangeOptions {
    @Option(names = "--index", order = 1, required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    @Option(
            names = "--durability",
            order = 60,
            paramLabel = "WHEN",
            description =
                    "When the log of the changes is forced to the disk: change (by default), after each of them; a number of"
                            + " milliseconds, such as 5, so that a loss of power takes the changes of that time; or never.")
    private String durability = "change";

    @Option(
            names = "--save",
            order = 61,
            description =
                    "Save the index at the end, which includes the log and erases removed keys from all files. Otherwise the"
                            + " changes stay in the log beside the index until it is long or another command saves.")
    private boolean save;

    @Mixin
    private VerifyOption verification;

    @Mixin
    private ProcessorOptions processor;

    public int threads() {
        return processor.threads();
    }

    /** Opens the index with a log; fails if another process may save to it. */
    public OpenedIndex open() throws IOException {
        processor.apply();
        if (Files.isRegularFile(file)) {
            OutputFile.checkWritable(file);
        }
        OpenOptions options = new OpenOptions()
                .threads(processor.threads())
                .verify(verification.verify())
                .log(durability());
        long start = System.nanoTime();
        CacheIndex index = CacheIndex.open(file, options);
        return new OpenedIndex(index, (System.nanoTime() - start) / 1e9);
    }

    private Durability durability() {
        return switch (durability) {
            case "change" -> Durability.everyChange();
            case "never" -> Durability.never();
            default -> {
                if (!durability.matches("[0-9]{1,8}")) {
                    throw new IllegalArgumentException(
                            "--durability " + durability + ": expected change, never or a number of milliseconds");
                }
                yield Durability.every(Duration.ofMillis(Long.parseLong(durability)));
            }
        };
    }

    /** Saves the index if that was asked for, and describes it. */
    public void finish(CacheIndex index, Report report) throws IOException {
        if (save) {
            index.save(file);
        }
        report.line(
                        "%s: %s; %s",
                        value("index", file.toString()),
                        count("keys", index.size(), "key"),
                        figure(
                                "logBytes",
                                index.logBytes(),
                                save ? "saved" : Format.bytes(index.logBytes()) + " in the log until the next save"))
                .field("saved", save);
    }
}
