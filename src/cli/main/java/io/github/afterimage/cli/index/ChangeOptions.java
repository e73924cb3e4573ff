package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.options.VerifyOption;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The index that a command changes, and the way in which the changes are kept. */
public final class ChangeOptions {
    private static final System.Logger LOG = System.getLogger(ChangeOptions.class.getName());

    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path file = Path.of("");

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

    Path file() {
        return file;
    }

    /** Changes an index. */
    public interface Change {
        void make(CacheIndex index, double openSeconds) throws IOException;
    }

    /**
     * Opens the index with a log, and makes a change. If the change fails, the files of the index are as they were; if it is
     * interrupted, what it has done stays.
     *
     * @throws IOException also if another process may save to the index
     */
    public void make(ProcessorOptions processor, Change change) throws IOException {
        processor.apply();
        if (Files.isRegularFile(file)) {
            OutputFile.checkWritable(file);
        }
        OpenOptions options = new OpenOptions()
                .threads(processor.threads())
                .verify(verification.verify())
                .log(durability());
        Stopwatch watch = Stopwatch.started();
        try (CacheIndex index = CacheIndex.open(file, options)) {
            try {
                change.make(index, watch.seconds());
            } catch (IOException | RuntimeException e) {
                if (!Failure.interrupted(e)) {
                    revert(index, e);
                }
                throw e;
            }
        }
    }

    private void revert(CacheIndex index, Exception cause) {
        try {
            if (!index.files().revert()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: the changes before the failure stay, because the index was saved meanwhile",
                        file);
            }
        } catch (UncheckedIOException e) {
            cause.addSuppressed(e);
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
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

    /** Warns that the prediction sets of an index are those of the keys before a change. */
    static void warnOfSets(CacheIndex index, long changed, Report report) {
        if (index.calibration().sets().isPresent() && changed > 0) {
            report.warning(
                    "the prediction sets of the index were made before this change of its keys, so their coverage may"
                            + " not hold any more: run tune --save again");
        }
    }

    /**
     * Saves the index if that was asked for, and describes it.
     *
     * @param changed number of keys that the command has added or removed
     */
    public void finish(CacheIndex index, long changed, Report report) throws IOException {
        if (save) {
            index.save(file);
        }
        report.line(
                        "%s: %s; %s",
                        Text.value("index", file.toString()),
                        Text.count("keys", index.size(), "key"),
                        Text.figure(
                                "logBytes",
                                index.statistics().logBytes(),
                                save
                                        ? "saved"
                                        : Format.bytes(index.statistics().logBytes())
                                                + " in the log until the next save"))
                .field("saved", save);
        warnOfSets(index, changed, report);
    }
}
