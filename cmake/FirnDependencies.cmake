# Every library from outside, all Debian packages (see the `setup` target of the Makefile for their names).

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)

foreach(module IN ITEMS libsodium sndfile ogg libmpg123 soxr libebur128 fluidsynth libzstd libzip)
  pkg_check_modules(${module} REQUIRED IMPORTED_TARGET ${module})
endforeach()

add_library(firn_test_libraries INTERFACE)
if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
  find_package(doctest REQUIRED)
  find_package(rapidcheck REQUIRED)
  target_link_libraries(firn_test_libraries INTERFACE doctest::doctest rapidcheck)
endif()
