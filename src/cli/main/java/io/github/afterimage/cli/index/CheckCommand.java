package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.RepairedIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.StoredLog;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "check",
        header = "Verify every byte and every value of an index, or save what is intact in a damaged one.",
        description = {
            "",
            "Reads all files, all sections and the log of each index and names the row and the value of everything wrong; the exit code "
                    + "is 3 if an index is damaged. Also names files beside an index that look like parts of it but are not.",
            "",
            "--repair writes a new index from all that is intact in a damaged one: keys whose bytes are possible, and changes of its log "
                    + "before the damage and behind it. It names what is lost, with file, position and ids, and changes no file of the "
                    + "damaged index. The exit code is 0 if nothing is lost, 1 if something is, and 3 if there is no new index, because "
                    + "no key is intact, or the header of an index of one file or the matrix of its reduction cannot be read. Keys are in memory meanwhile."
        },
        footer = {
            "  afterimage check --index cifar10.safetensors",
            "  afterimage check --index damaged.safetensors --repair --out repaired.safetensors"
        })
public final class CheckCommand extends Command {
    @Option(names = "--index", required = true, arity = "1..*", paramLabel = "INDEX", description = "Indexes.")
    private List<Path> files;

    @Option(names = "--repair", description = "Save what is intact in one index, whether it is damaged or not.")
    private boolean repair;

    @Option(names = "--out", paramLabel = "NEW", description = "The index that --repair writes; no file has this name.")
    private @Nullable Path output;

    @Override
    protected void execute(Report report) throws IOException {
        if (repair || output != null) {
            repair(report);
        } else {
            check(report);
        }
    }

    private void repair(Report report) throws IOException {
        if (!repair || output == null || files.size() != 1) {
            throw new IllegalArgumentException(
                    "check " + Format.count(files.size(), "index") + (repair ? " --repair" : "")
                            + (output == null ? "" : " --out") + ": expected --index INDEX --repair --out NEW");
        }
        OutputFile.checkWritable(output);
        RepairedIndex repaired = StoredIndex.repair(files.get(0), output);
        repaired.losses().forEach(report::line);
        repaired.mended().forEach(report::line);
        report.line(
                "%s has %s; %s",
                output,
                Text.count("keys", repaired.keys(), "key"),
                repaired.losses().isEmpty() ? "nothing is lost" : "what is lost is named above");
        report.field("index", output.toString())
                .field("losses", repaired.losses())
                .field("mended", repaired.mended());
        if (!repaired.losses().isEmpty()) {
            report.exitCode(ExitCode.FAILED);
            err().println("afterimage: " + files.get(0) + " is damaged, and " + output + " lacks what is lost");
        }
    }

    private void check(Report report) throws IOException {
        int damaged = 0;
        int missing = 0;
        for (Path file : files) {
            List<String> findings;
            List<Path> unnamed = List.of();
            Optional<StoredLog> log = Optional.empty();
            long bytes = 0;
            double seconds = 0;
            try {
                Stopwatch watch = Stopwatch.started();
                findings = findings(file);
                seconds = watch.seconds();
                log = findings.isEmpty() ? Optional.of(StoredIndex.log(file)) : log;
                unnamed = findings.isEmpty() ? StoredIndex.strayParts(file) : unnamed;
                bytes = findings.isEmpty() ? StoredIndex.bytes(file) : Files.size(file);
                damaged += findings.isEmpty() ? 0 : 1;
            } catch (IOException e) {
                findings = List.of(Failure.of(e).message());
                missing++;
            }
            Report part = new Report();
            findings.forEach(part::line);
            if (findings.isEmpty()) {
                part.line("%s%s in %s", file + ": ok, ", Text.bytes("bytes", bytes), Text.seconds("seconds", seconds));
            }
            log.ifPresent(found -> describe(part, found));
            for (Path path : unnamed) {
                part.line(path + ": has a name like a part of " + file.getFileName()
                        + ", but is none; delete it, unless it is another index or a part of one");
            }
            report.element(
                    "files",
                    part.field("index", file.toString())
                            .field("ok", findings.isEmpty())
                            .field("bytes", bytes)
                            .field("seconds", seconds)
                            .field("findings", findings)
                            .field(
                                    "unnamed",
                                    unnamed.stream().map(Path::toString).toList()));
        }
        report.field("ok", damaged + missing == 0);
        if (damaged + missing > 0) {
            report.exitCode(damaged > 0 ? ExitCode.CORRUPT : ExitCode.FAILED);
            err().println("afterimage: " + summary(damaged, missing));
        }
    }

    private static void describe(Report report, StoredLog log) {
        if (log.files() > 0) {
            report.line(
                    "its log: %s that the next save includes, %s",
                    Text.count("logChanges", log.changes(), "change"), Text.bytes("logBytes", log.bytes()));
        }
        if (log.ignoredBytes() > 0) {
            report.line(
                    "its log: %s at the end are ignored: changes that were not acknowledged when a process or the system failed",
                    Text.bytes("logIgnoredBytes", log.ignoredBytes()));
        }
        for (String foreign : log.foreignFiles()) {
            report.line(foreign
                    + ": the log of another index, which had this name before; delete it, or move it to that index");
        }
        report.field("foreignLogs", log.foreignFiles());
    }

    private static List<String> findings(Path file) throws IOException {
        List<String> findings = new ArrayList<>(StoredIndex.check(file));
        try {
            // Attributes and reduction; the keys were checked before.
            CacheIndex.open(file, new OpenOptions().verify(false).parts(0, 0)).close();
        } catch (CorruptIndexException e) {
            if (!findings.contains(e.getMessage())) {
                findings.add(e.getMessage());
            }
        }
        return findings;
    }

    private String summary(int damaged, int missing) {
        String of = " of " + Format.count(files.size(), "index");
        if (missing == 0) {
            return damaged + of + " damaged; check --index INDEX --repair --out NEW saves what is intact";
        }
        return damaged == 0
                ? missing + of + " cannot be read"
                : damaged + of + " damaged, " + missing + " cannot be read";
    }
}
