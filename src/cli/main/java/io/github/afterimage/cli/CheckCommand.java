package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.seconds;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.StoredLog;
import io.github.afterimage.cli.output.ExitCode;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "check",
        header = "Verify every byte and every value of an index.",
        description = {
            "",
            "Reads all files, all sections and the log of each index and names the row and the value of everything wrong; the exit code "
                    + "is 3 if an index is damaged. Also names files beside an index that look like parts of it but are not."
        },
        footer = {"  afterimage check cifar10.safetensors"})
final class CheckCommand extends Command {
    @Parameters(arity = "1..*", paramLabel = "INDEX", description = "Indexes.")
    private List<Path> files;

    @Override
    void execute(Report report) throws IOException {
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
                part.line("%s%s in %s", file + ": ok, ", bytes("bytes", bytes), seconds("seconds", seconds));
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
                    count("logChanges", log.changes(), "change"), bytes("logBytes", log.bytes()));
        }
        if (log.ignoredBytes() > 0) {
            report.line(
                    "its log: %s at the end are ignored: changes that were not acknowledged when a process or the system failed",
                    bytes("logIgnoredBytes", log.ignoredBytes()));
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
            return damaged + of + " damaged";
        }
        return damaged == 0
                ? missing + of + " cannot be read"
                : damaged + of + " damaged, " + missing + " cannot be read";
    }
}
