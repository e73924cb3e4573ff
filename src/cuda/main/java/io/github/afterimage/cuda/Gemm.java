package io.github.afterimage.cuda;

import static io.github.afterimage.cuda.CudaException.checkBlas;

import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.ElementType;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Multiplies matrices with cuBLAS on one stream, in float32 (int32 for int8), with a workspace of its own.
 *
 * <p>A product of float32 is added up in chunks of {@value #CHUNK} terms: cuBLAS adds all terms of a call one after another,
 * and at dim 25,088 the rounding of such a chain is more than {@link io.github.afterimage.Engines} promises
 * (CudaAccuracyTest). Each chunk reads and writes the scores in the L2 cache once more, which takes about a twelfth of the time
 * of its multiplications on an H100. Products of 16-bit keys are not divided: tensor cores are so fast that the time would
 * double, and rounding the queries moves a score further.
 */
final class Gemm extends Cuda.Held {
    /** Number of rows that products of int8 keys are padded to: cuBLAS requires a multiple of 4 and is fastest with 16. */
    static final int UNIT = 16;
    /** The same for queries: some versions of cuBLAS refuse products of int8 with 16 or fewer. */
    private static final int QUERY_UNIT = 32;
    /** NVIDIA's recommendation for the newest devices; with a workspace of its own cuBLAS allocates nothing. */
    private static final long WORKSPACE_BYTES = 32L << 20;
    /** Terms of a chunk. */
    static final int CHUNK = 512;

    private final cublasContext handle = new cublasContext();
    private final DeviceBuffer workspace;
    private final FloatPointer one = new FloatPointer(1f);
    private final FloatPointer scale = new FloatPointer(1L);
    private final FloatPointer zero = new FloatPointer(0f);
    private final IntPointer intOne = new IntPointer(new int[] {1});
    private final IntPointer intZero = new IntPointer(new int[] {0});

    Gemm(Cuda cuda, CudaStream stream) {
        super(cuda);
        workspace = DeviceBuffer.allocate(cuda, WORKSPACE_BYTES);
        Resources.filled(workspace, made -> checkBlas(cublas.cublasCreate_v2(handle), "cublasCreate"));
        Resources.filled(this, made -> {
            // The stream first, because setting it removes the workspace.
            checkBlas(cublas.cublasSetStream_v2(handle, stream.handle()), "cublasSetStream");
            checkBlas(
                    cublas.cublasSetWorkspace_v2(handle, workspace.pointer(0), WORKSPACE_BYTES), "cublasSetWorkspace");
        });
    }

    /**
     * Scores on the device, or weights in their place: {@code (batch, stride)}, float32, or int32 for int8 keys.
     *
     * @param address device address
     * @param stride whole {@link #UNIT units}
     */
    record Scores(long address, int batch, int stride) {
        static long bytes(int batch, int stride) {
            return (long) padded(batch, QUERY_UNIT) * stride * Float.BYTES;
        }

        /** Returns the caller's block for the scores of a tile. */
        static Scores of(CallerMemory memory, int batch, TilePlan plan) {
            long address = memory.device(CallerMemory.Use.SCORES, bytes(batch, plan.rows()))
                    .at(0);
            return new Scores(address, batch, plan.rows());
        }

        /** Returns the scores of the tile without its first {@code rows} rows. */
        Scores after(int rows) {
            return new Scores(address + (long) rows * Float.BYTES, batch, stride);
        }
    }

    /** A matrix in column-major order, as cuBLAS sees it: {@code pitch} elements from one column to the next. */
    private record Columns(long address, int type, int pitch) {}

    /** An m × n product of k terms each. */
    private record Size(int m, int n, int k) {}

    /** A product is scaled by alpha and added to beta times the target, in the arithmetic {@code compute}. */
    private record Arithmetic(Pointer alpha, Pointer beta, int compute) {}

    private static int padded(int rows, int unit) {
        return (rows + unit - 1) / unit * unit;
    }

    /**
     * Computes the scores of keys with queries.
     *
     * @param keys device address of {@code (rows, pitch)}, with memory for whole {@link #UNIT units} of rows
     * @param queries device address of {@code (batch, pitch)}
     */
    void scores(long keys, int rows, RowLayout layout, long queries, Scores target) {
        boolean integers = layout.type() == ElementType.INT8;
        int type = type(layout.type());
        boolean chunked = layout.type() == ElementType.FLOAT32;
        int step = chunked ? CHUNK : layout.columns();
        for (int first = 0; first < layout.columns(); first += step) {
            long offset = (long) first * layout.type().bytes();
            multiply(
                    cublas.CUBLAS_OP_T,
                    new Size(
                            integers ? padded(rows, UNIT) : rows,
                            integers ? padded(target.batch, QUERY_UNIT) : target.batch,
                            Math.min(step, layout.columns() - first)),
                    new Columns(keys + offset, type, layout.pitch()),
                    new Columns(queries + offset, type, layout.pitch()),
                    integers
                            ? new Arithmetic(intOne, intZero, cublas.CUBLAS_COMPUTE_32I)
                            : new Arithmetic(one, first == 0 ? zero : one, cublas.CUBLAS_COMPUTE_32F),
                    new Columns(target.address, integers ? cudart.CUDA_R_32I : cudart.CUDA_R_32F, target.stride));
        }
    }

    /**
     * Computes target (count, outputDim) = scale times rows (count, dim) times the transpose of the matrix (outputDim, pitch).
     *
     * @param address device address of the matrix
     */
    void project(DeviceMatrix matrix, long address, long rows, int count, long target) {
        RowLayout layout = matrix.layout();
        scale.put(0, matrix.scale());
        for (int first = 0; first < layout.dim(); first += CHUNK) {
            long offset = (long) first * Float.BYTES;
            multiply(
                    cublas.CUBLAS_OP_T,
                    new Size(matrix.rows(), count, Math.min(CHUNK, layout.dim() - first)),
                    new Columns(address + offset, cudart.CUDA_R_32F, layout.pitch()),
                    new Columns(rows + offset, cudart.CUDA_R_32F, layout.dim()),
                    new Arithmetic(scale, first == 0 ? zero : one, cublas.CUBLAS_COMPUTE_32F),
                    new Columns(target, cudart.CUDA_R_32F, matrix.rows()));
        }
    }

    /** Adds weights times keys (rows, pitch) to the gradient (batch, dim), all float32. */
    void addWeighted(long keys, int rows, RowLayout layout, Scores weights, long gradient) {
        multiply(
                cublas.CUBLAS_OP_N,
                new Size(layout.dim(), weights.batch, rows),
                new Columns(keys, cudart.CUDA_R_32F, layout.pitch()),
                new Columns(weights.address, cudart.CUDA_R_32F, weights.stride),
                new Arithmetic(one, one, cublas.CUBLAS_COMPUTE_32F),
                new Columns(gradient, cudart.CUDA_R_32F, layout.dim()));
    }

    /** @param operation what is done to {@code a} before the product */
    private void multiply(int operation, Size size, Columns a, Columns b, Arithmetic arithmetic, Columns target) {
        checkBlas(
                cublas.cublasGemmEx(
                        handle,
                        operation,
                        cublas.CUBLAS_OP_N,
                        size.m,
                        size.n,
                        size.k,
                        arithmetic.alpha,
                        new DevicePointer(a.address),
                        a.type,
                        a.pitch,
                        new DevicePointer(b.address),
                        b.type,
                        b.pitch,
                        arithmetic.beta,
                        new DevicePointer(target.address),
                        target.type,
                        target.pitch,
                        arithmetic.compute,
                        cublas.CUBLAS_GEMM_DEFAULT),
                "cublasGemmEx of " + size.m + " x " + size.n + " x " + size.k);
    }

    private static int type(ElementType type) {
        return switch (type) {
            case FLOAT32 -> cudart.CUDA_R_32F;
            case FLOAT16 -> cudart.CUDA_R_16F;
            case BFLOAT16 -> cudart.CUDA_R_16BF;
            case INT8 -> cudart.CUDA_R_8I;
        };
    }

    @Override
    void free() {
        checkBlas(cublas.cublasDestroy_v2(handle), "cublasDestroy");
    }

    @Override
    void giveBack() {
        workspace.close();
    }
}
