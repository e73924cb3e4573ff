package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engines;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.settings.MemoryKind;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that fail leave nothing behind: no memory, no context, no index without an answer. */
class CudaFailureTest {
    private static final int DIM = 40;
    private static final int CLASSES = 5;

    @BeforeEach
    void needsTheStandIn() {
        StandIn.needed();
    }

    @AfterEach
    void endFailures() {
        StandIn.failed();
        System.clearProperty(CudaProperties.PATH);
    }

    private static float[] random(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() + 0.5f;
        }
        return values;
    }

    private static CacheIndex index(ElementType type) {
        CacheIndex index =
                new CacheIndexBuilder(DIM, CLASSES).type(type).threads(3).build();
        index.add(random(400 * DIM, 1), IntStream.range(0, 400).map(i -> i / 80).toArray());
        return index;
    }

    @Test
    void aDriverOfCuda12IsRefusedWithBothVersions() throws Exception {
        assertThat(StandIn.run(Listing.class, Map.of("STAND_IN_DRIVER", "12090")))
                .contains("cuda: the NVIDIA driver is for CUDA 12.9, CUDA 13.0 is needed: install driver 580 or newer")
                .contains("auto: fused, 1 missed");
    }

    @Test
    void theCheckIsPartOfTheDescription() throws Exception {
        assertThat(StandIn.run(Listing.class, Map.of()))
                .anyMatch(line ->
                        line.matches("cuda: host stand-in, compute capability 8.0, driver for CUDA 13.0; differs"
                                + " from reference by at most \\d.\\de-0\\d in \\d+ ms.*"))
                .contains("auto: cuda, 0 missed");
    }

    @Test
    void aWrongProductMakesTheEngineUnavailableWithTheFigures() throws Exception {
        StandIn.fail("cublasGemmEx", -1);
        assertThat(StandIn.run(Listing.class, Map.of()))
                .anyMatch(line -> line.matches("cuda: the check against reference fails: probability of f16 keys, path"
                        + " gemm: value 0 is 0.\\d+, reference gives 0.\\d+, expected a difference of at most 1.0E-6"))
                .contains("auto: fused, 1 missed");
    }

    @ParameterizedTest
    @CsvSource({
        "cuModuleLoadData, 200, false",
        "cuMemAlloc, 999, false",
        "cublasGemmEx, 13, true",
        "cuLaunchKernel, 719, false"
    })
    void anErrorInTheCheckMakesTheEngineUnavailable(String call, int error, boolean contextStays) throws Exception {
        StandIn.fail(call, error);
        assertThat(StandIn.run(Listing.class, Map.of()))
                .anyMatch(line -> line.startsWith("cuda: ") && line.contains(call))
                .contains("auto: fused, 1 missed")
                .contains("context active: " + contextStays);
    }

    /** Prints the engines. */
    static final class Listing {
        public static void main(String[] arguments) {
            System.setProperty(Engines.PROPERTY, "cuda");
            for (Engines.Choice choice : Engines.all()) {
                System.out.println(choice.name() + ": "
                        + (choice.engine() == null
                                ? choice.problem()
                                : choice.engine().description()));
            }
            System.out.println("auto: " + Engines.auto().name() + ", " + Engines.fallbacks() + " missed");
            System.out.println("context active: " + contextIsActive());
        }
    }

    private static boolean contextIsActive() {
        int[] active = new int[1];
        CudaException.check(cudart.cuDevicePrimaryCtxGetState(0, new int[1], active), "cuDevicePrimaryCtxGetState");
        return active[0] != 0;
    }

    @ParameterizedTest
    @CsvSource({
        "query, cuStreamSynchronize",
        "nearest, cuLaunchKernel",
        "gradient, cuMemcpyHtoDAsync",
        "encode, cuMemcpyHtoDAsync"
    })
    void anIndexOfAutoGoesOnWhenTheDeviceIsLost(String operation, String call) throws Exception {
        List<String> lines = StandIn.run(Losing.class, Map.of(), operation, call);
        assertThat(lines)
                .contains(
                        "before: cuda",
                        "after: fused, 1 missed",
                        "again: fused, same answer",
                        "device 0, pinned 0, context active: false",
                        "closed");
        // Every call fails after that one; the first of any thread is the reason.
        assertThat(lines)
                .anyMatch(
                        line -> line.matches("engine \"cuda\" cannot be used here: it has failed: cu.*ILLEGAL_ADDRESS"))
                .anyMatch(line -> line.matches(
                        "the GPU failed and is not used any more in this process: cu.*: CUDA_ERROR_ILLEGAL_ADDRESS"));
        assertThat(lines.stream().filter(line -> line.contains("fused takes its place")))
                .hasSize(1);
    }

    /** Loses the device while several threads use an index of auto, and another of cuda. */
    static final class Losing {
        public static void main(String[] arguments) throws Exception {
            System.setProperty(Engines.PROPERTY, "cuda");
            System.setProperty(CudaProperties.PATH, "gemm");
            System.setProperty(CudaProperties.REDUCE, "device");
            boolean encode = arguments[0].equals("encode");
            try (CacheIndex named = new CacheIndexBuilder(DIM, CLASSES)
                            .engine(Engines.named("cuda"))
                            .build();
                    CacheIndex index = encode
                            ? new CacheIndexBuilder(DIM, CLASSES)
                                    .reduce(Reduction.gaussian(20))
                                    .build()
                            : index(ElementType.BFLOAT16)) {
                if (encode) {
                    index.add(random(400 * DIM, 1), new int[400]);
                }
                named.add(random(10 * DIM, 2), new int[10]);
                named.query(random(DIM, 3), 10);
                float[] expected = answer(index, arguments[0]);
                System.out.println("before: " + index.engine());
                StandIn.fail(arguments[1], cudart.CUDA_ERROR_ILLEGAL_ADDRESS);
                Thread[] callers = new Thread[4];
                for (int i = 0; i < callers.length; i++) {
                    callers[i] = new Thread(() -> same(expected, answer(index, arguments[0])));
                    callers[i].start();
                }
                for (Thread caller : callers) {
                    caller.join();
                }
                System.out.println("after: " + index.engine() + ", " + Engines.fallbacks() + " missed");
                same(expected, answer(index, arguments[0]));
                System.out.println("again: " + index.engine() + ", same answer");
                System.out.println("device " + MemoryUse.bytes(MemoryKind.DEVICE) + ", pinned "
                        + MemoryUse.bytes(MemoryKind.PINNED) + ", context active: " + contextIsActive());
                for (Runnable refused :
                        List.<Runnable>of(() -> Engines.named("cuda"), () -> named.query(random(DIM, 3), 10))) {
                    try {
                        refused.run();
                    } catch (RuntimeException e) {
                        System.out.println(e.getMessage());
                    }
                }
            }
            System.out.println("closed");
        }

        private static void same(float[] expected, float[] found) {
            assertThat(found).containsExactly(expected, within(2e-2f));
        }

        private static float[] answer(CacheIndex index, String operation) {
            FloatBuffer queries = FloatBuffer.wrap(random(8 * DIM, 4));
            switch (operation) {
                case "query" -> {
                    return index.answer(Query.of(queries).thetas(20)).row(7).probabilities();
                }
                case "nearest" -> {
                    float[] scores = new float[5];
                    for (int place = 0; place < 5; place++) {
                        scores[place] = index.answer(Query.of(queries).neighbors(5))
                                .row(7)
                                .neighbors()
                                .get(place)
                                .score();
                    }
                    return scores;
                }
                case "gradient" -> {
                    return index.gradient(Query.of(queries).thetas(2), random(8 * CLASSES, 5));
                }
                default -> {
                    return index.encode(queries);
                }
            }
        }
    }

    /** The other user's call fails before the engine's first one, or a call of the engine's check. */
    @ParameterizedTest
    @CsvSource({"cuMemFree, cuModuleLoadData of kernels.fatbin", "cuLaunchKernel, cuLaunchKernel"})
    void theErrorSaysThatAnotherUserHoldsTheLostContextWhichStaysIts(String call, String named) throws Exception {
        List<String> lines = StandIn.run(Sharing.class, Map.of(), call);
        assertThat(lines)
                .anyMatch(line -> line.matches("engine \"cuda\" cannot be used here: it has failed: " + named
                        + ".*: CUDA_ERROR_ILLEGAL_ADDRESS; another user of GPU 0 in this process, such as ONNX"
                        + " Runtime, holds the lost context and its memory: restart the process to use the GPU"))
                .contains("auto: fused", "context active: true", "released, context active: false");
    }

    /** Uses the engine while another user, as ONNX Runtime does, holds the context. */
    static final class Sharing {
        public static void main(String[] arguments) {
            System.setProperty(Engines.PROPERTY, "cuda");
            assertThat(new CudaProvider().problem()).isNull();
            CUctx_st context = new CUctx_st();
            CudaException.check(cudart.cuDevicePrimaryCtxRetain(context, 0), "cuDevicePrimaryCtxRetain");
            StandIn.fail(arguments[0], cudart.CUDA_ERROR_ILLEGAL_ADDRESS);
            cudart.cuCtxPushCurrent(context);
            cudart.cuMemFree(0);
            cudart.cuCtxPopCurrent(context);
            try {
                Engines.named("cuda");
            } catch (RuntimeException e) {
                System.out.println(e.getMessage());
            }
            System.out.println("auto: " + Engines.auto().name());
            System.out.println("context active: " + contextIsActive());
            CudaException.check(cudart.cuDevicePrimaryCtxRelease(0), "cuDevicePrimaryCtxRelease");
            System.out.println("released, context active: " + contextIsActive());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cuLaunchKernel, " + cudart.CUDA_ERROR_OUT_OF_MEMORY,
        "cublasGemmEx, " + cublas.CUBLAS_STATUS_ALLOC_FAILED,
        "cuMemcpyHtoDAsync, " + cudart.CUDA_ERROR_OUT_OF_MEMORY
    })
    void noMemoryForACallIsAnErrorOfOneQueryAndCutsABatch(String call, int error) {
        System.setProperty(CudaProperties.PATH, "gemm");
        try (CacheIndex index = index(ElementType.BFLOAT16)) {
            CacheReader cuda = index.withEngine(Engines.named("cuda"));
            float[] one = random(DIM, 6);
            float[] many = random(50 * DIM, 7);
            float[] expected = cuda.query(many, 10).row(49).probabilities();
            StandIn.fail(call, error);
            assertThatThrownBy(() -> cuda.query(one, 10))
                    .isInstanceOf(NotEnoughMemoryException.class)
                    .hasMessageContaining("the device has no memory for " + call)
                    .hasMessageContaining("bytes are in use; send smaller batches");
            StandIn.fail(call, error);
            assertThat(cuda.query(many, 10).row(49).probabilities()).containsExactly(expected, within(1e-6f));
            assertThat(StandIn.failed()).isTrue();
            assertThat(cuda.query(one, 10).classes()).isEqualTo(CLASSES);
        }
        assertThat(Cuda.lost()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"cuMemFree", "cuMemFreeHost", "cuEventDestroy", "cuStreamDestroy"})
    void aFailedFreeIsReportedAndTheRestIsFreed(String call) {
        CacheIndex index = index(ElementType.INT8);
        long device = MemoryUse.bytes(MemoryKind.DEVICE);
        long pinned = MemoryUse.bytes(MemoryKind.PINNED);
        long host = MemoryUse.bytes(MemoryKind.HOST);
        index.withEngine(Engines.named("cuda")).query(random(DIM, 8), 10);
        StandIn.fail(call, cudart.CUDA_ERROR_INVALID_VALUE);
        assertThatThrownBy(index::close).isInstanceOf(CudaException.class).hasMessageContaining(call);
        assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isEqualTo(device);
        assertThat(MemoryUse.bytes(MemoryKind.PINNED)).isEqualTo(pinned);
        assertThat(MemoryUse.bytes(MemoryKind.HOST)).isLessThan(host);
    }

    @Test
    void theCallersContextIsCurrentAgainAfterACall() {
        try (CacheIndex index = index(ElementType.FLOAT32)) {
            // So small that it runs on this thread.
            index.withEngine(Engines.named("cuda")).query(random(DIM, 9), 10);
            CUctx_st current = new CUctx_st();
            CudaException.check(cudart.cuCtxGetCurrent(current), "cuCtxGetCurrent");
            assertThat(current.isNull()).isTrue();
            Cuda cuda = Cuda.open();
            try (Cuda.Entered entered = cuda.enter()) {
                index.withEngine(Engines.named("cuda")).query(random(DIM, 9), 10);
                CudaException.check(cudart.cuCtxGetCurrent(current), "cuCtxGetCurrent");
                assertThat(current.isNull()).isFalse();
            }
        }
    }
}
