package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.platform.OpenBlas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real limit, that of the system on the size of a file, in place of a full disk. */
class FullDiskTest {
    private static final int ROWS = 4000;
    /** The file of performance data would be the first to meet the limit. */
    private static final List<String> NO_PERFORMANCE_FILE = List.of("-XX:-UsePerfData");

    @TempDir
    private Path folder;

    private Path index;

    @BeforeEach
    void prepare() throws IOException {
        float[] features = new float[ROWS * 16];
        Arrays.fill(features, 1);
        String data = NpzFile.features(folder.resolve("data.npz"), features, new int[ROWS]);
        index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", data, index);
    }

    /** Runs a command that may write files of so many KiB, and gives what it says when it fails. */
    private static String limited(int size, String... arguments) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no bash to set the limit with");
        List<String> command =
                new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f " + size + "; exec \"$0\" \"$@\""));
        command.addAll(JavaCommand.of(NO_PERFORMANCE_FILE, Afterimage.class, arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isEqualTo(ExitCode.FAILED);
        assertThat(out.lines()).hasSize(1);
        return out;
    }

    @Test
    void aFolderOfNativeCodeThatTakesNoMoreIsNamed() throws IOException, InterruptedException {
        assumeTrue(OpenBlas.problem() == null, OpenBlas.problem());
        Path libraries = Files.createDirectory(folder.resolve("native"));
        for (int size : new int[] {16, 20_000}) { // room for nothing, and for all but OpenBLAS
            List<String> command =
                    new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f " + size + "; exec \"$0\" \"$@\""));
            command.addAll(JavaCommand.of(
                    List.of("-XX:-UsePerfData", "-Dorg.bytedeco.javacpp.cachedir=" + libraries),
                    Afterimage.class,
                    "doctor"));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(out)
                    .containsPattern("blas +unavailable .*" + libraries + " cannot take the library: File too large");
        }
    }

    @Test
    void theOldFileStaysAndNothingIsLeft() throws IOException, InterruptedException {
        Path old = Files.createDirectory(folder.resolve("old")).resolve("old.safetensors");
        Files.copy(TwoClasses.index(Files.createDirectory(folder.resolve("two"))), old);
        byte[] before = Files.readAllBytes(old);
        assertThat(limited(128, "convert", index.toString(), "--out", old.toString()))
                .startsWith("afterimage: " + old + ": cannot be saved: ");
        assertThat(old).hasBinaryContent(before);
        try (Stream<Path> files = Files.list(old.getParent())) {
            assertThat(files.toList()).isEqualTo(List.of(old));
        }
    }

    @Test
    void aTextThatDoesNotFitIsNamed() throws IOException, InterruptedException {
        Path data = folder.resolve("data.safetensors"); // nothing has to be unpacked
        Run.done("export %s --out %s", index, data);
        Path csv = folder.resolve("predictions.csv");
        assertThat(limited(4, "evaluate", "--index=" + index, "--data=features:" + data, "--predictions=" + csv))
                .startsWith("afterimage: " + csv + ": cannot be written: ");
    }

    /** Runs {@code afterimage --version} in a shell, as "$@", and gives what that says on standard error. */
    private String version(String shell, int exitCode) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no bash to run it with");
        Path errors = folder.resolve("errors");
        List<String> command = new ArrayList<>(
                List.of("/bin/bash", "-c", shell, folder.resolve("out").toString()));
        command.addAll(JavaCommand.of(NO_PERFORMANCE_FILE, Afterimage.class, "--version"));
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        assertThat(process.waitFor()).isEqualTo(exitCode);
        return Files.readString(errors);
    }

    @Test
    void outputThatCannotBePrintedIsAFailure() throws IOException, InterruptedException {
        // A pipe for the errors, which the limit is not for.
        String err = version("(ulimit -f 0; exec \"$@\" 2>&1 >\"$0\") | cat >&2; exit ${PIPESTATUS[0]}", 1);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).startsWith("afterimage: standard output cannot be written: ");
        assertThat(version("\"$@\" >\"$0\"", ExitCode.DONE)).isEmpty();
        assertThat(folder.resolve("out")).content().startsWith("afterimage ");
    }

    @Test
    void aReaderThatHadEnoughIsNoFailure() throws IOException, InterruptedException {
        assertThat(version("\"$@\" | true; exit ${PIPESTATUS[0]}", ExitCode.DONE))
                .isEmpty();
    }
}
