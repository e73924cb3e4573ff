package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real limit, that of the system on the size of a file, in place of a full disk. */
class FullDiskTest {
    private static final int ROWS = 4000;

    @TempDir
    private Path folder;

    @Test
    void theOldFileStaysAndNothingIsLeft() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no bash to set the limit with");
        float[] features = new float[ROWS * 16];
        Arrays.fill(features, 1);
        Path data = new NpzFile()
                .floats("features", features, ROWS, 16)
                .labels(new int[ROWS])
                .write(folder.resolve("data.npz"));
        Path index = folder.resolve("index.safetensors");
        Run.done("build", "--data", "features:" + data, "--out", index);
        Path old = Files.createDirectory(folder.resolve("old")).resolve("old.safetensors");
        Files.copy(TwoClasses.index(Files.createDirectory(folder.resolve("two"))), old);
        byte[] before = Files.readAllBytes(old);

        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classpath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(
                        "/bin/bash",
                        "-c",
                        "ulimit -f 128; exec \"$0\" \"$@\"",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        classpath,
                        Afterimage.class.getName(),
                        "convert",
                        index.toString(),
                        "--out",
                        old.toString())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(out).isEqualTo(ExitCode.FAILED);
        assertThat(out.lines()).hasSize(1);
        assertThat(out).startsWith("afterimage: " + old + ": cannot be saved: ");
        assertThat(old).hasBinaryContent(before);
        try (Stream<Path> files = Files.list(old.getParent())) {
            assertThat(files.toList()).isEqualTo(List.of(old));
        }
    }
}
