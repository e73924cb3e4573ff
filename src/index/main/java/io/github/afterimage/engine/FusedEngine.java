package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;

/** Runs our own kernels: product, exponential and class sums in one loop, with scores of a small group of keys at a time. */
public final class FusedEngine extends KeyEngine {
    public static final FusedEngine INSTANCE = new FusedEngine();

    private FusedEngine() {
        super("fused");
    }

    @Override
    public String description() {
        return "own kernels, " + InstructionSet.current() + " instructions";
    }

    @Override
    protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        float[] thetas = partial.thetas();
        workspace.check(Native.afterimage_class_sums(
                workspace.nativeKeys(keys),
                queries.in(workspace),
                partial.thetasPointer(),
                thetas.length,
                partial.classes(),
                scratch(queries, partial.classes(), thetas.length, 1, workspace).at(0),
                partial.sumsPointer(),
                partial.maximaPointer(),
                workspace.cancelled()));
    }

    @Override
    protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
        workspace.check(Native.afterimage_nearest(
                workspace.nativeKeys(keys),
                queries.in(workspace),
                keys.firstRow(),
                nearest.k(),
                scratch(queries, 1, 1, nearest.k(), workspace).at(0),
                nearest.scoresPointer(),
                nearest.rowsPointer(),
                workspace.cancelled()));
    }

    @Override
    protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        workspace.check(Native.afterimage_gradient(
                workspace.nativeKeys(keys),
                queries.in(workspace),
                gradient.theta(),
                gradient.coefficientsPointer(),
                gradient.classes(),
                scratch(queries, gradient.classes(), 1, 1, workspace).at(0),
                gradient.sumsPointer(),
                workspace.cancelled()));
    }

    private static NativeMemory scratch(Queries queries, int classes, int thetas, int k, Workspace workspace) {
        return workspace.scratch(Native.afterimage_workspace_bytes(queries.batch(), queries.dim(), classes, thetas, k));
    }
}
