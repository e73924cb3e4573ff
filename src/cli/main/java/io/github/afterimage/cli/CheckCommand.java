package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.output.ExitCode;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.store.IndexCheck;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "check",
        header = "Verify every byte and every value of an index.",
        description = {
            "",
            "Goes through all files and all their sections, whatever it finds, and names the row and the value where "
                    + "one is wrong; exit code 3 if an index is damaged. "
                    + "Names files beside it that look like parts of it and are not."
        },
        footer = {"  afterimage check cifar10.safetensors"})
final class CheckCommand extends Command {
    @Parameters(arity = "1..*", paramLabel = "INDEX", description = "Indexes.")
    private List<Path> files;

    @Override
    void execute(Report report) throws IOException {
        List<Map<String, Object>> fields = new ArrayList<>();
        int damaged = 0;
        int missing = 0;
        for (Path file : files) {
            List<String> findings;
            List<Path> unnamed = List.of();
            long bytes = 0;
            double seconds = 0;
            try {
                long start = System.nanoTime();
                findings = findings(file);
                seconds = (System.nanoTime() - start) / 1e9;
                unnamed = findings.isEmpty() ? IndexCheck.unnamed(file) : unnamed;
                bytes = findings.isEmpty() ? IndexFile.bytes(file) : Files.size(file);
                damaged += findings.isEmpty() ? 0 : 1;
            } catch (IOException e) {
                findings = List.of(Failure.of(e).message());
                missing++;
            }
            findings.forEach(report::line);
            if (findings.isEmpty()) {
                report.line(file + ": ok, " + Format.bytes(bytes) + " in " + Format.seconds(seconds));
            }
            for (Path path : unnamed) {
                report.line(path + ": named like a part of " + file.getFileName()
                        + ", which does not name it; to be deleted, unless it is another index or a part of one");
            }
            fields.add(Report.object(
                    "index",
                    file.toString(),
                    "ok",
                    findings.isEmpty(),
                    "bytes",
                    bytes,
                    "seconds",
                    seconds,
                    "findings",
                    findings,
                    "unnamed",
                    unnamed.stream().map(Path::toString).toList()));
        }
        report.field("ok", damaged + missing == 0).field("files", fields);
        if (damaged + missing > 0) {
            report.exitCode(damaged > 0 ? ExitCode.CORRUPT : ExitCode.FAILED);
            err().println("afterimage: " + summary(damaged, missing));
        }
    }

    private static List<String> findings(Path file) throws IOException {
        List<String> findings = new ArrayList<>(IndexCheck.findings(file));
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
