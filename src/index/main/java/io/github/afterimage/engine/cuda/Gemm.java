package io.github.afterimage.engine.cuda;

import static io.github.afterimage.engine.cuda.CudaException.checkBlas;

import io.github.afterimage.ElementType;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/** Matrix products of cuBLAS on one stream, in float32 (int32 for int8), with a workspace of its own. */
final class Gemm implements AutoCloseable {
    /** What NVIDIA recommends for the newest devices; with it cuBLAS allocates nothing. */
    private static final long WORKSPACE_BYTES = 32L << 20;

    private final cublasContext handle = new cublasContext();
    private final DeviceBuffer workspace;
    private final FloatPointer one = new FloatPointer(1f);
    private final FloatPointer scale = new FloatPointer(1L);
    private final FloatPointer zero = new FloatPointer(0f);
    private final IntPointer intOne = new IntPointer(new int[] {1});
    private final IntPointer intZero = new IntPointer(new int[] {0});
    private boolean closed;

    Gemm(Cuda cuda, CudaStream stream) {
        workspace = DeviceBuffer.allocate(cuda, WORKSPACE_BYTES);
        boolean created = false;
        try {
            checkBlas(cublas.cublasCreate_v2(handle), "cublasCreate");
            created = true;
            // Setting the stream takes the workspace away: it comes first.
            checkBlas(cublas.cublasSetStream_v2(handle, stream.handle()), "cublasSetStream");
            checkBlas(
                    cublas.cublasSetWorkspace_v2(handle, workspace.pointer(0), WORKSPACE_BYTES), "cublasSetWorkspace");
        } catch (RuntimeException e) {
            if (created) {
                cublas.cublasDestroy_v2(handle);
            }
            workspace.close();
            throw e;
        }
    }

    /**
     * What products of int8 want the number of keys to be a multiple of: 4 by cuBLAS's documentation, which newer devices
     * insist on, 16 for speed. Memory behind the keys has room for it.
     */
    static final int UNIT = 16;
    /** Likewise of queries: products of int8 with 16 or fewer are refused by some versions. */
    private static final int QUERY_UNIT = 32;

    private static int whole(int rows, int unit) {
        return (rows + unit - 1) / unit * unit;
    }

    /**
     * Bytes of scores for a batch.
     *
     * @param stride of the scores, whole units
     */
    static long scoreBytes(int batch, int stride) {
        return (long) whole(batch, QUERY_UNIT) * stride * Float.BYTES;
    }

    /**
     * Scores (batch, stride) of keys (rows, pitch) with queries (batch, pitch).
     *
     * @param scores device address, float32; int32 for int8 keys
     */
    void scores(long keys, int rows, long queries, int batch, RowLayout layout, long scores, int stride) {
        boolean integers = layout.type() == ElementType.INT8;
        int type = type(layout.type());
        // Column-major, as cuBLAS sees them: keys (pitch, rows) transposed, times queries (pitch, batch).
        multiply(
                integers ? intOne : one,
                cublas.CUBLAS_OP_T,
                integers ? whole(rows, UNIT) : rows,
                integers ? whole(batch, QUERY_UNIT) : batch,
                layout.columns(),
                keys,
                type,
                layout.pitch(),
                queries,
                layout.pitch(),
                integers ? intZero : zero,
                scores,
                integers ? cudart.CUDA_R_32I : cudart.CUDA_R_32F,
                stride,
                Settings.tf32());
    }

    /**
     * Computes target (count, outputDim) = scale times rows (count, dim) times the transpose of the matrix (outputDim, pitch).
     * Always multiplies in float32, because stored keys are made of the result; the time is short beside a pass over the keys.
     *
     * @param address of the matrix on the device
     */
    void project(DeviceMatrix matrix, long address, long rows, int count, long target) {
        int outputDim = matrix.rows();
        RowLayout layout = matrix.layout();
        scale.put(0, matrix.scale());
        multiply(
                scale,
                cublas.CUBLAS_OP_T,
                outputDim,
                count,
                layout.dim(),
                address,
                cudart.CUDA_R_32F,
                layout.pitch(),
                rows,
                layout.dim(),
                zero,
                target,
                cudart.CUDA_R_32F,
                outputDim,
                false);
    }

    /** gradient (batch, dim) += weights (batch, stride) times keys (rows, pitch), all float32. */
    void addWeighted(long keys, int rows, long weights, int stride, int batch, RowLayout layout, long gradient) {
        multiply(
                one,
                cublas.CUBLAS_OP_N,
                layout.dim(),
                batch,
                rows,
                keys,
                cudart.CUDA_R_32F,
                layout.pitch(),
                weights,
                stride,
                one,
                gradient,
                cudart.CUDA_R_32F,
                layout.dim(),
                Settings.tf32());
    }

    private void multiply(
            Pointer alpha,
            int firstOperation,
            int m,
            int n,
            int k,
            long a,
            int type,
            int lda,
            long b,
            int ldb,
            Pointer beta,
            long c,
            int resultType,
            int ldc,
            boolean tf32) {
        boolean integers = resultType == cudart.CUDA_R_32I;
        int compute = integers
                ? cublas.CUBLAS_COMPUTE_32I
                : type == cudart.CUDA_R_32F && tf32 ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32 : cublas.CUBLAS_COMPUTE_32F;
        checkBlas(
                cublas.cublasGemmEx(
                        handle,
                        firstOperation,
                        cublas.CUBLAS_OP_N,
                        m,
                        n,
                        k,
                        alpha,
                        new DevicePointer(a),
                        type,
                        lda,
                        new DevicePointer(b),
                        type,
                        ldb,
                        beta,
                        new DevicePointer(c),
                        resultType,
                        ldc,
                        compute,
                        cublas.CUBLAS_GEMM_DEFAULT),
                "cublasGemmEx of " + m + " x " + n + " x " + k);
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
    public void close() {
        if (!closed) {
            closed = true;
            try {
                checkBlas(cublas.cublasDestroy_v2(handle), "cublasDestroy");
            } finally {
                workspace.close();
            }
        }
    }
}
