package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.cuda.MeasuredPaths.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredPathsTest {
    private static final Shape SMALL = new Shape(32, 512);
    private static final Shape LARGE = new Shape(2048, 2048);

    @TempDir
    Path folder;

    @Test
    void theMostSimilarShapeDecides() {
        MeasuredPaths paths = new MeasuredPaths(Map.of(SMALL, 0.8, LARGE, 1.2));
        assertThat(paths.fusedIsFaster(1, 64)).isTrue();
        assertThat(paths.fusedIsFaster(100, 1000)).isTrue();
        assertThat(paths.fusedIsFaster(1000, 1000)).isFalse();
        assertThat(paths.fusedIsFaster(4096, 25_088)).isFalse();
    }

    @Test
    void withoutMeasurementsTheFusedKernelIsNotTaken() {
        assertThat(new MeasuredPaths(Map.of()).fusedIsFaster(64, 512)).isFalse();
    }

    @Test
    void measurementsAreReadAsTheyWereWritten() {
        MeasuredPaths paths = new MeasuredPaths(Map.of(SMALL, 0.8125, LARGE, 1.25));
        Path file = folder.resolve("paths.properties");
        paths.write(file);
        assertThat(MeasuredPaths.read(file, List.of(SMALL, LARGE))).isEqualTo(paths);
    }

    @Test
    void aFileThatIsMissingOrDamagedOrOfOtherShapesIsMeasuredAgain() throws Exception {
        Path file = folder.resolve("paths.properties");
        assertThat(MeasuredPaths.read(file, List.of(SMALL))).isNull();
        Files.writeString(file, "32x512=fast\n");
        assertThat(MeasuredPaths.read(file, List.of(SMALL))).isNull();
        Files.writeString(file, "32x512=0.5\n");
        assertThat(MeasuredPaths.read(file, List.of(SMALL))).isNotNull();
        assertThat(MeasuredPaths.read(file, List.of(SMALL, LARGE))).isNull();
    }

    @Test
    void shapesAreMeasuredUntilTheTimeIsOver() {
        assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
        List<Shape> shapes = List.of(new Shape(3, 32), new Shape(5, 32), new Shape(3, 64));
        MeasuredPaths all = MeasuredPaths.measure(Cuda.open(), shapes, Long.MAX_VALUE);
        assertThat(all.ratios()).containsOnlyKeys(shapes);
        assertThat(all.ratios().values()).allMatch(ratio -> ratio > 0);
        assertThat(MeasuredPaths.measure(Cuda.open(), shapes, 0).ratios()).isEmpty();
    }

    @Test
    void theChoiceStaysForTheProcess() {
        assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
        assertThat(Cuda.open().paths()).isSameAs(Cuda.open().paths());
    }
}
