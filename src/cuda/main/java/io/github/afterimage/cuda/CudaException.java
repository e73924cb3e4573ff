package io.github.afterimage.cuda;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.settings.MemoryKind;
import java.util.Set;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Reports a failed call of CUDA or cuBLAS, other than for lack of memory. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Errors after which every call in the context fails, as CUDA's manual says of each. */
    private static final Set<Integer> ENDING = Set.of(
            cudart.CUDA_ERROR_DEINITIALIZED,
            cudart.CUDA_ERROR_ECC_UNCORRECTABLE,
            cudart.CUDA_ERROR_NVLINK_UNCORRECTABLE,
            cudart.CUDA_ERROR_CONTAINED,
            cudart.CUDA_ERROR_ILLEGAL_ADDRESS,
            cudart.CUDA_ERROR_LAUNCH_TIMEOUT,
            cudart.CUDA_ERROR_CONTEXT_IS_DESTROYED,
            cudart.CUDA_ERROR_ASSERT,
            cudart.CUDA_ERROR_HARDWARE_STACK_ERROR,
            cudart.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            cudart.CUDA_ERROR_MISALIGNED_ADDRESS,
            cudart.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            cudart.CUDA_ERROR_INVALID_PC,
            cudart.CUDA_ERROR_LAUNCH_FAILED,
            cudart.CUDA_ERROR_TENSOR_MEMORY_LEAK,
            cudart.CUDA_ERROR_EXTERNAL_DEVICE,
            cudart.CUDA_ERROR_UNKNOWN);

    CudaException(String message) {
        super(message);
    }

    /**
     * Checks a call of the driver. After an error that ends the context the device is {@linkplain Cuda#lost lost}.
     *
     * @throws NotEnoughMemoryException if the driver has no memory for it, a launch included; the device stays usable
     * @throws CudaException if it failed for another reason
     */
    static void check(int result, String call) {
        if (result == cudart.CUDA_SUCCESS) {
            return;
        }
        if (result == cudart.CUDA_ERROR_OUT_OF_MEMORY) {
            throw outOfMemory(call);
        }
        String failure = call + ": " + name(result);
        if (ENDING.contains(result)) {
            Cuda.lose(failure);
        }
        throw new CudaException(failure);
    }

    private static NotEnoughMemoryException outOfMemory(String call) {
        return new NotEnoughMemoryException(
                MemoryKind.DEVICE,
                "the device has no memory for " + call + " while " + MemoryLedger.bytes(MemoryKind.DEVICE)
                        + " bytes are in use; send smaller batches, or free what other processes hold");
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

    /**
     * Checks a call of cuBLAS.
     *
     * @throws NotEnoughMemoryException if cuBLAS has no memory for it
     * @throws CudaException if it failed for another reason
     */
    static void checkBlas(int status, String call) {
        if (status == cublas.CUBLAS_STATUS_ALLOC_FAILED) {
            throw outOfMemory(call);
        }
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
