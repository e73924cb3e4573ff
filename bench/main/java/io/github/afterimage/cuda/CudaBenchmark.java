package io.github.afterimage.cuda;

import io.github.afterimage.Engines;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Times the engine "cuda" on a GPU beside what bounds it, and prints tables:
 * {@code java -cp target/benchmarks.jar io.github.afterimage.cuda.CudaBenchmark [FILE [SCALE]]}. FILE receives the
 * same lines; SCALE divides the numbers of keys and the sizes of the measurements of bounds. With {@code probe} instead of both
 * it only describes the GPU or names what is missing.
 *
 * <p>Times of passes are the device's, medians of repeated passes over keys that are on it, without the copies of queries and
 * sums; the column "call" is the caller's time with them. The bound of the GEMM path is the product alone on the same tiles,
 * that of the fused path is the greater of the bytes of the keys over the rate of a copy on the device and the operations over
 * the rate of a large bf16 product, that of streaming is the rate of a copy of pinned memory to the device. The last column
 * says whether the ratio is as wanted.
 */
public final class CudaBenchmark {
    static final int[] BATCHES = {1, 64, 256, 1024, 4096};
    private static final long COPY_BYTES = 1L << 30;
    private static final int LARGE = 8192;

    private static final List<String> LINES = new ArrayList<>();

    private CudaBenchmark() {}

    /** @param args the file for the tables, and a divisor of the numbers of keys */
    public static void main(String[] args) throws IOException {
        // Loaded first: it lifts JavaCPP's own limits of memory.
        String problem = NativeLibrary.available() ? new CudaProvider().problem() : NativeLibrary.problem();
        if (problem != null) {
            System.err.println("the engine \"cuda\" cannot be used here: " + problem);
            System.exit(1);
        }
        if (args.length == 1 && args[0].equals("probe")) {
            System.out.println(Engines.named("cuda").description());
            return;
        }
        int scale = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        try (Device device = new Device(Math.max(1 << 16, COPY_BYTES / scale), Math.max(128, LARGE / scale))) {
            line("%s%s", Cuda.description(), scale == 1 ? "" : ", SCALE=" + scale);
            line("%s", device);
            PassTimes.heading();
            for (int[] shape : new int[][] {{275_000, 2048}, {1_281_167, 512}}) {
                for (ElementType type :
                        new ElementType[] {ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8}) {
                    new PassTimes(device, Math.max(1, shape[0] / scale), shape[1], type).measure();
                }
            }
            ProjectionTimes.heading();
            for (int dim : new int[] {2048, 12_288, 25_088}) {
                new ProjectionTimes(device, dim, Math.max(8, 512 / scale)).measure();
            }
        }
        if (args.length > 0) {
            Files.write(Path.of(args[0]), LINES);
        }
    }

    static void line(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values).stripTrailing();
        System.out.println(line);
        LINES.add(line);
    }
}
