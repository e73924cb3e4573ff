/** The engine {@code cuda}, which computes on NVIDIA GPUs. */
module io.github.afterimage.cuda {
    requires io.github.afterimage;
    requires org.bytedeco.cuda;
    requires org.bytedeco.javacpp;
    requires static org.jspecify;

    provides io.github.afterimage.engine.EngineProvider with
            io.github.afterimage.cuda.CudaProvider;
}
