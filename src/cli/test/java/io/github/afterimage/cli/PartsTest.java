package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on an index that was added to and saved, and so has several files. */
class PartsTest {
    @TempDir
    private Path folder;

    private Path index;
    private Path keys;

    @BeforeEach
    void add() throws IOException {
        index = TwoClasses.index(folder);
        keys = folder.resolve("index.0001.safetensors");
        try (CacheIndex opened = CacheIndex.open(index)) {
            opened.add(new float[] {1, 1}, new int[] {1});
            opened.save(index);
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("index"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void infoAndCheckGoOverAllFiles() throws IOException {
        assertThat(names()).hasSize(3);
        long bytes = 0;
        for (String name : names()) {
            bytes += Files.size(folder.resolve(name));
        }
        Run.reported("info %s", index)
                .containsEntry("keys", 3)
                .containsEntry("files", 3)
                .containsEntry("bytes", (int) bytes);
        Run.printed("info %s", index).contains("in 3 files");
        Run.printed("check %s", index).startsWith(index + ": ok");
    }

    @Test
    void checkReportsEveryFinding() throws IOException {
        for (String name : names().subList(0, 2)) {
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            int size = name.equals("index.0001.safetensors") ? 2 : 1;
            bytes[4096 + size * (8 + 8 + 4) - 1] ^= 1; // a label, behind keys and ids
            bytes[4096] ^= 1; // a key
            Files.write(folder.resolve(name), bytes);
        }
        Map<String, Object> object = Run.of("check %s --json", index).object();
        List<?> findings = (List<?>) Run.objects(object, "files").get(0).get("findings");
        assertThat(findings).hasSize(6); // the keys, the labels and the label that is none, of both
    }

    @Test
    void aPartThatIsMissingIsNamed() throws IOException {
        Files.delete(keys);
        Run.failed(ExitCode.FAILED, "info %s", index).contains(keys.toString()).contains("missing");
        assertThat(Run.of("check %s", index).exitCode()).isEqualTo(ExitCode.CORRUPT);
    }

    @Test
    void theFileThatNamesThemHasNoFeatures() throws IOException {
        Run.failed(ExitCode.CORRUPT, "build --data features:%s --out %s", index, folder.resolve("x.safetensors"))
                .contains("index.safetensors is F32[0, ")
                .endsWith("; if this is an index in parts, which have its keys, export it");
    }

    @Test
    void convertMakesOneFileOfThem() throws IOException {
        Path one = folder.resolve("one.safetensors");
        Run.done("convert %s --out %s", index, one);
        Run.reported("info %s", one).containsEntry("keys", 3).containsEntry("files", 1);
        Run.done("convert %s --out %s", index, index);
        assertThat(names()).containsExactly("index.safetensors");
        assertThat(index).hasSameBinaryContentAs(one);
    }

    @Test
    void aPartIsNotReplacedByWhatIsMadeOfTheIndex() throws IOException {
        for (String command : List.of("convert", "export")) {
            Run.refused(command, index, "--out", keys).contains(keys + " is read by this command");
        }
        Run.done("check %s", index);
    }

    @Test
    void tuneAndBuildLeaveOneFile() throws IOException {
        Run.done("tune --index %s --data %s --save", index, TwoClasses.examples(folder));
        assertThat(names()).containsExactly("index.safetensors");
        add();
        Run.done("build --data %s --out %s", TwoClasses.keys(folder), index);
        assertThat(names()).containsExactly("index.safetensors");
    }

    @Test
    void buildWritesPartsBesideWhatALinkPointsAt() throws IOException {
        Path target = Files.createDirectory(folder.resolve("other")).resolve("target.safetensors");
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), target);
        String data = Clusters.write(folder.resolve("clusters.npz"), 300, 1);
        Run.done("build --data %s --part-bytes 1k --out %s", data, link);
        assertThat(link).isSymbolicLink();
        assertThat(target.resolveSibling("target.0001.safetensors")).exists();
        for (Path file : List.of(link, target)) {
            Run.reported("info %s", file).containsEntry("keys", 300);
            Run.done("check %s", file);
        }
    }

    @Test
    void aPartAloneIsAnIndex() throws IOException {
        Run.reported("info %s", keys).containsEntry("keys", 2);
    }

    @Test
    void reportsTheMemoryThatPartsTookAndNotThatOfTheWholeIndex() throws Exception {
        Process process = new ProcessBuilder(JavaCommand.of(
                        List.of(),
                        Afterimage.class,
                        "build",
                        "--data",
                        Clusters.write(folder.resolve("clusters.npz"), 60_000, 1),
                        "--part-bytes",
                        "1m",
                        "--out",
                        folder.resolve("parts.safetensors").toString(),
                        "--json"))
                .start();
        Run run =
                new Run(0, new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8), "", List.of());
        assertThat(process.waitFor()).isZero();
        assertThat(((Number) run.object().get("bytes")).longValue()).isGreaterThan(9_600_000);
        assertThat(((Number) run.object().get("peakKeyAndBufferBytes")).longValue())
                .isBetween(1L << 20, 4L << 20);
    }

    @Test
    void buildWritesPartsOfTheSizeAskedForAndEvaluateSaysTheSame() throws IOException {
        String keyData = Clusters.write(folder.resolve("clusters.npz"), 300, 1);
        String queries = Clusters.write(folder.resolve("queries.npz"), 60, 2);
        Path whole = folder.resolve("whole.safetensors");
        Path parts = folder.resolve("parts.safetensors");
        Run.done("build --data %s --out %s", keyData, whole);
        Run.done("build --data %s --part-bytes 16k --out %s", keyData, parts);
        Run.reported("info %s", parts).containsEntry("keys", 300).containsEntry("files", 4);
        Object[] evaluate = {"evaluate --data %s --theta 40 --lambda 0.5", queries};
        for (String count : List.of("networkErrors", "togetherErrors", "memoryErrors")) {
            assertThat(Run.json(evaluate, "--index", parts).get(count))
                    .isEqualTo(Run.json(evaluate, "--index", whole).get(count));
        }
    }

    @Test
    void aSizeThatIsNoneIsNamed() throws IOException {
        Object[] build = {"build --data %s --out %s --part-bytes", TwoClasses.keys(folder), index};
        Run.refused(build, "1x").contains("--part-bytes=1x: expected bytes, such as");
        Run.refused(build, "0k").contains("--part-bytes 0k: expected a positive number");
    }
}
