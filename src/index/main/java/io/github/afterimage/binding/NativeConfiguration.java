package io.github.afterimage.binding;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** Tells JavaCPP to make {@code binding.Native} from {@code native/include/afterimage.h}; nothing is written by hand. */
@Properties(
        value = @Platform(include = "afterimage.h", link = "afterimage"),
        target = "io.github.afterimage.binding",
        global = "io.github.afterimage.binding.Native")
public class NativeConfiguration implements InfoMapper {

    @Override
    public void map(InfoMap infoMap) {
        // JavaCPP's classes override generic methods of Pointer.
        String unchecked = "@SuppressWarnings(\"unchecked\")";
        infoMap.put(new Info("afterimage_keys").pointerTypes("NativeKeys").annotations(unchecked))
                .put(new Info("afterimage_queries")
                        .pointerTypes("NativeQueries")
                        .annotations(unchecked))
                .put(new Info("volatile int32_t").cast().valueTypes("int").pointerTypes("IntPointer"));
    }
}
