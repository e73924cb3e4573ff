package io.github.afterimage.cuda;

import io.github.afterimage.engine.EngineProvider;
import io.github.afterimage.engine.Engines;
import org.jspecify.annotations.Nullable;

/** Offers the engine {@code cuda} to {@link Engines}. */
public final class CudaProvider implements EngineProvider {
    @Override
    public boolean devicePresent() {
        return CudaSupport.driverPresent();
    }

    @Override
    public @Nullable String problem() {
        return CudaSupport.problem();
    }

    @Override
    public Engines.Choice choice() {
        String lost = CudaSupport.lost();
        String problem = lost == null ? CudaCheck.result().problem() : "it has failed: " + lost;
        return new Engines.Choice("cuda", problem == null ? CudaEngine.INSTANCE : null, problem);
    }
}
