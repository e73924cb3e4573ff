package io.github.afterimage.model.network;

import java.util.Locale;

/** Where ONNX Runtime runs a network. */
public enum NetworkDevice {
    /** The processor. */
    CPU,
    /**
     * The first NVIDIA GPU. It needs {@code com.microsoft.onnxruntime:onnxruntime_gpu} on the class path in the place of
     * {@code onnxruntime}, in the same version, with CUDA {@value #CUDA_MAJOR} and cuDNN {@value #CUDNN_MAJOR}.
     */
    CUDA;

    /** The major version of CUDA that onnxruntime_gpu 1.28.0 is linked with; the engine for GPUs needs another. */
    public static final int CUDA_MAJOR = 12;

    /** The major version of cuDNN that onnxruntime_gpu 1.28.0 loads. */
    public static final int CUDNN_MAJOR = 9;

    /** The system property that names the device where settings say nothing: {@code cpu}, by default, or {@code cuda}. */
    public static final String PROPERTY = "afterimage.network.device";

    /**
     * The device of a name.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static NetworkDevice named(String name) {
        for (NetworkDevice device : values()) {
            if (device.name().toLowerCase(Locale.ROOT).equals(name)) {
                return device;
            }
        }
        throw new IllegalArgumentException("network device \"" + name + "\": expected cpu or cuda");
    }
}
