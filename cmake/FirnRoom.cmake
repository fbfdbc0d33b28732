# firn_room(NAME [USES rooms…] [LIBRARIES targets…] [BESIDE folders…])
#
# A room is a static library made of every *.cpp in its folder and below, and a test program made of every *_test.cpp there.
# Folders that stand BESIDE it are built by a CMakeLists.txt of their own.
# The test program links the room and the rooms it USES and nothing else, so that an undeclared use does not link.

set(FIRN_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND FIRN_WARNINGS
       -Wno-subobject-linkage  # takes a source that another includes, as CMAKE_UNITY_BUILD does, for a header,
       -Wno-restrict  # GCC 12 sees overlaps in std::string that are not there (PR 105651),
       -Wno-maybe-uninitialized)  # and looks into an empty std::optional (PR 80635)
endif()
# The sound must not depend on what the compiler finds fast: no contraction into fused operations (SPEC A2).
set(FIRN_CODE_GENERATION -ffp-contract=off)
if(FIRN_SANITIZE)
  list(APPEND FIRN_CODE_GENERATION -fsanitize=${FIRN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FIRN_SANITIZE})
endif()

function(firn_target_options target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE ${FIRN_WARNINGS} ${FIRN_CODE_GENERATION})
endfunction()

function(firn_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES;BESIDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  list(REMOVE_ITEM sources ${tests} ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  foreach(folder ${ROOM_BESIDE})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  if(sources)
    add_library(firn_${name} STATIC ${sources})
    firn_target_options(firn_${name})
    set(visibility PUBLIC)
  else()
    add_library(firn_${name} INTERFACE)
    target_include_directories(firn_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    set(visibility INTERFACE)
  endif()
  list(TRANSFORM ROOM_USES PREPEND firn_)
  target_link_libraries(firn_${name} ${visibility} ${ROOM_USES} ${ROOM_LIBRARIES})
  if(tests AND BUILD_TESTING)
    firn_test(firn_${name}_test SOURCES ${tests} LINKS firn_${name})
  endif()
endfunction()

# firn_test(NAME SOURCES files… LINKS targets…): a doctest program, run by ctest.
function(firn_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  firn_target_options(${name})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} firn_test_libraries firn_test_main)
  target_compile_definitions(${name} PRIVATE FIRN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
endfunction()
