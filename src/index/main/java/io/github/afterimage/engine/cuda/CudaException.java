package io.github.afterimage.engine.cuda;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.MemoryLedger;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Reports a failed call of CUDA or cuBLAS, other than for lack of memory. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private CudaException(String message) {
        super(message);
    }

    /** @throws CudaException if a call of the driver did not succeed */
    static void check(int result, String call) {
        if (result != cudart.CUDA_SUCCESS) {
            throw new CudaException(call + ": " + name(result));
        }
    }

    /**
     * Checks a call that allocates.
     *
     * @throws NotEnoughMemoryException if there was too little memory
     * @throws CudaException if it failed for another reason
     */
    static void checkAllocation(int result, String call, MemoryKind kind, long bytes) {
        if (result == cudart.CUDA_ERROR_OUT_OF_MEMORY) {
            // The requested bytes are counted already.
            throw new NotEnoughMemoryException(
                    kind,
                    bytes,
                    MemoryLedger.bytes(kind) - bytes + " are in use: the driver refused; send smaller batches, or free"
                            + " what other processes hold");
        }
        check(result, call);
    }

    /** @throws CudaException if a call of cuBLAS did not succeed */
    static void checkBlas(int status, String call) {
        if (status != cublas.CUBLAS_STATUS_SUCCESS) {
            throw new CudaException(
                    call + ": " + cublas.cublasGetStatusString(status).getString());
        }
    }

    /** Returns the driver's name of an error. */
    static String name(int result) {
        try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
            if (cudart.cuGetErrorName(result, text) != cudart.CUDA_SUCCESS) {
                return "error " + result;
            }
            return text.getString(0);
        }
    }
}
